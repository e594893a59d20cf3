package io.proximadb.filter;

import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A checked filter, ready to be evaluated row by row or over columns. Immutable. */
sealed interface BoundNode {
  Constant TRUE = new Constant(Truth.TRUE);
  Constant FALSE = new Constant(Truth.FALSE);
  Constant UNKNOWN = new Constant(Truth.UNKNOWN);

  Truth test(Function<String, @Nullable Object> row);

  TruthBits select(ColumnBatch batch);

  void addColumnsTo(Set<String> columns);

  /** The conjunction, without the parts that do not matter. */
  static BoundNode all(List<BoundNode> nodes) {
    if (nodes.contains(FALSE)) {
      return FALSE;
    }
    List<BoundNode> others = nodes.stream().filter(node -> !node.equals(TRUE)).toList();
    return switch (others.size()) {
      case 0 -> TRUE;
      case 1 -> others.get(0);
      default -> new All(others);
    };
  }

  /** The disjunction, without the parts that do not matter. */
  static BoundNode any(List<BoundNode> nodes) {
    if (nodes.contains(TRUE)) {
      return TRUE;
    }
    List<BoundNode> others = nodes.stream().filter(node -> !node.equals(FALSE)).toList();
    return switch (others.size()) {
      case 0 -> FALSE;
      case 1 -> others.get(0);
      default -> new Any(others);
    };
  }

  static BoundNode not(BoundNode node) {
    if (node instanceof Constant constant) {
      return new Constant(constant.truth.not());
    }
    return node instanceof Negation negation ? negation.node : new Negation(node);
  }

  /** The same for every row. */
  record Constant(Truth truth) implements BoundNode {
    @Override
    public Truth test(Function<String, @Nullable Object> row) {
      return truth;
    }

    @Override
    public TruthBits select(ColumnBatch batch) {
      return TruthBits.constant(batch.rowCount(), truth);
    }

    @Override
    public void addColumnsTo(Set<String> columns) {}
  }

  /** True if all are, false if one is. */
  record All(List<BoundNode> nodes) implements BoundNode {
    @Override
    public Truth test(Function<String, @Nullable Object> row) {
      Truth truth = Truth.TRUE;
      for (BoundNode node : nodes) {
        Truth part = node.test(row);
        if (part == Truth.FALSE) {
          return Truth.FALSE;
        }
        if (part == Truth.UNKNOWN) {
          truth = Truth.UNKNOWN;
        }
      }
      return truth;
    }

    @Override
    public TruthBits select(ColumnBatch batch) {
      TruthBits bits = nodes.get(0).select(batch);
      for (int i = 1; i < nodes.size() && !bits.isFalseForAll(); i++) {
        bits.and(nodes.get(i).select(batch));
      }
      return bits;
    }

    @Override
    public void addColumnsTo(Set<String> columns) {
      nodes.forEach(node -> node.addColumnsTo(columns));
    }
  }

  /** True if one is, false if all are. */
  record Any(List<BoundNode> nodes) implements BoundNode {
    @Override
    public Truth test(Function<String, @Nullable Object> row) {
      Truth truth = Truth.FALSE;
      for (BoundNode node : nodes) {
        Truth part = node.test(row);
        if (part == Truth.TRUE) {
          return Truth.TRUE;
        }
        if (part == Truth.UNKNOWN) {
          truth = Truth.UNKNOWN;
        }
      }
      return truth;
    }

    @Override
    public TruthBits select(ColumnBatch batch) {
      TruthBits bits = nodes.get(0).select(batch);
      for (int i = 1; i < nodes.size() && !bits.isTrueForAll(); i++) {
        bits.or(nodes.get(i).select(batch));
      }
      return bits;
    }

    @Override
    public void addColumnsTo(Set<String> columns) {
      nodes.forEach(node -> node.addColumnsTo(columns));
    }
  }

  /** Unknown stays unknown. */
  record Negation(BoundNode node) implements BoundNode {
    @Override
    public Truth test(Function<String, @Nullable Object> row) {
      return node.test(row).not();
    }

    @Override
    public TruthBits select(ColumnBatch batch) {
      return node.select(batch).not();
    }

    @Override
    public void addColumnsTo(Set<String> columns) {
      node.addColumnsTo(columns);
    }
  }

  /** True for NULL, never unknown. */
  record NullCheck(ColumnPath path) implements BoundNode {
    @Override
    public Truth test(Function<String, @Nullable Object> row) {
      return Truth.of(path.value(row) == null);
    }

    @Override
    public TruthBits select(ColumnBatch batch) {
      Column column = batch.column(path.column());
      BitSet isNull = new BitSet(batch.rowCount());
      for (int row = 0; row < batch.rowCount(); row++) {
        isNull.set(
            row, path.isTopLevel() ? column.isNull(row) : path.value(column.value(row)) == null);
      }
      return new TruthBits(batch.rowCount(), isNull, new BitSet());
    }

    @Override
    public void addColumnsTo(Set<String> columns) {
      columns.add(path.column());
    }
  }

  /** Unknown for NULL, otherwise what the test says. */
  record ValueCheck(ColumnPath path, ValueTest test) implements BoundNode {
    @Override
    public Truth test(Function<String, @Nullable Object> row) {
      return truth(path.value(row));
    }

    private Truth truth(@Nullable Object value) {
      return value == null ? Truth.UNKNOWN : test.test(value);
    }

    @Override
    public TruthBits select(ColumnBatch batch) {
      Column column = batch.column(path.column());
      TruthBits fast = path.isTopLevel() ? test.select(column) : null;
      if (fast != null) {
        return fast;
      }
      BitSet isTrue = new BitSet(batch.rowCount());
      BitSet isUnknown = new BitSet(batch.rowCount());
      for (int row = 0; row < batch.rowCount(); row++) {
        Truth truth = truth(path.value(column.value(row)));
        isTrue.set(row, truth == Truth.TRUE);
        isUnknown.set(row, truth == Truth.UNKNOWN);
      }
      return new TruthBits(batch.rowCount(), isTrue, isUnknown);
    }

    @Override
    public void addColumnsTo(Set<String> columns) {
      columns.add(path.column());
    }
  }
}
