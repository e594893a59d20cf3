package io.proximadb.filter;

import io.proximadb.model.FieldType;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/** A checked filter, ready to be evaluated row by row or over columns. Immutable. */
sealed interface BoundNode {
  Constant TRUE = new Constant(Truth.TRUE);
  Constant FALSE = new Constant(Truth.FALSE);
  Constant UNKNOWN = new Constant(Truth.UNKNOWN);

  Truth test(Function<String, @Nullable Object> row);

  TruthBits select(ColumnBatch batch);

  /** The truth for each row of a file by its indexes, or by its columns where it has none. */
  TruthRows select(IndexedRows rows);

  /** True if indexes answer it all. */
  boolean isIndexed(IndexedRows rows);

  /** How many rows it is true for; asks indexes only. */
  TruthEstimate estimate(IndexedRows rows);

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
    public TruthRows select(IndexedRows rows) {
      return TruthRows.constant(rows.rowCount(), truth);
    }

    @Override
    public boolean isIndexed(IndexedRows rows) {
      return true;
    }

    @Override
    public TruthEstimate estimate(IndexedRows rows) {
      return TruthEstimate.exactly(
          rows.rowCount(),
          truth == Truth.TRUE ? rows.rowCount() : 0,
          truth == Truth.FALSE ? rows.rowCount() : 0);
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
    public TruthRows select(IndexedRows rows) {
      List<BoundNode> ordered = rows.indexedFirst(nodes);
      TruthRows truth = ordered.get(0).select(rows);
      for (int i = 1; i < ordered.size() && !truth.isFalseForAll(); i++) {
        truth.and(ordered.get(i).select(rows));
      }
      return truth;
    }

    @Override
    public boolean isIndexed(IndexedRows rows) {
      return nodes.stream().allMatch(node -> node.isIndexed(rows));
    }

    @Override
    public TruthEstimate estimate(IndexedRows rows) {
      return TruthEstimate.all(nodes.stream().map(node -> node.estimate(rows)).toList());
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
    public TruthRows select(IndexedRows rows) {
      List<BoundNode> ordered = rows.indexedFirst(nodes);
      TruthRows truth = ordered.get(0).select(rows);
      for (int i = 1; i < ordered.size() && !truth.isTrueForAll(); i++) {
        truth.or(ordered.get(i).select(rows));
      }
      return truth;
    }

    @Override
    public boolean isIndexed(IndexedRows rows) {
      return nodes.stream().allMatch(node -> node.isIndexed(rows));
    }

    @Override
    public TruthEstimate estimate(IndexedRows rows) {
      return TruthEstimate.all(nodes.stream().map(node -> node.estimate(rows).not()).toList())
          .not();
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
    public TruthRows select(IndexedRows rows) {
      return node.select(rows).not();
    }

    @Override
    public boolean isIndexed(IndexedRows rows) {
      return node.isIndexed(rows);
    }

    @Override
    public TruthEstimate estimate(IndexedRows rows) {
      return node.estimate(rows).not();
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
    public TruthRows select(IndexedRows rows) {
      ValueIndex index = rows.index(path.name());
      return index == null
          ? rows.byColumns(this)
          : new TruthRows(rows.rowCount(), index.nullRows(), new RoaringBitmap());
    }

    @Override
    public boolean isIndexed(IndexedRows rows) {
      return rows.index(path.name()) != null;
    }

    @Override
    public TruthEstimate estimate(IndexedRows rows) {
      ValueIndex index = rows.index(path.name());
      if (index == null) {
        return TruthEstimate.unknown(rows.rowCount());
      }
      long isNull = index.nullRows().getLongCardinality();
      return TruthEstimate.exactly(rows.rowCount(), isNull, rows.rowCount() - isNull);
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
    public TruthRows select(IndexedRows rows) {
      ValueIndex index = rows.index(path.name());
      if (index == null) {
        return rows.byColumns(this);
      }
      RoaringBitmap isTrue = index.rows(test.places(index));
      RoaringBitmap isUnknown = index.nullRows();
      // A list with a NULL in which nothing passes.
      isUnknown.or(index.rowsWithNullElement());
      isUnknown.andNot(isTrue);
      return new TruthRows(rows.rowCount(), isTrue, isUnknown);
    }

    @Override
    public boolean isIndexed(IndexedRows rows) {
      return rows.index(path.name()) != null;
    }

    @Override
    public TruthEstimate estimate(IndexedRows rows) {
      ValueIndex index = rows.index(path.name());
      if (index == null) {
        return TruthEstimate.unknown(rows.rowCount());
      }
      Places places = test.places(index);
      long passing = Math.min(rows.rowCount(), index.count(places));
      long isNull = index.nullRows().getLongCardinality();
      if (path.type() instanceof FieldType.ListOf) {
        // One value is compared with, and stands once for each row.
        long nullElements = index.rowsWithNullElement().getLongCardinality();
        long others = rows.rowCount() - passing - isNull;
        return new TruthEstimate(
            rows.rowCount(),
            new RowEstimate(passing, passing, passing),
            new RowEstimate(Math.max(0, others - nullElements), others, others));
      }
      return TruthEstimate.exactly(rows.rowCount(), passing, rows.rowCount() - passing - isNull);
    }

    @Override
    public void addColumnsTo(Set<String> columns) {
      columns.add(path.column());
    }
  }
}
