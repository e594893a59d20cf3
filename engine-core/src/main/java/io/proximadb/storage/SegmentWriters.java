package io.proximadb.storage;

import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Starts segments for rows some of which may be without a vector of an optional field. A file has a
 * vector field for all its rows or not at all, so that a row's vector stays a matter of arithmetic:
 * rows that are without different fields go to different files.
 */
public final class SegmentWriters {
  private SegmentWriters() {}

  /**
   * Starts segments of the table's layout for rows in any order.
   *
   * @param purpose names the staging folder, see {@link StorageFormat#newWriter}
   */
  public static SegmentWriter forRows(TableContext table, String purpose) {
    StorageFormat layout = StorageFormat.of(table);
    return split(table, part -> layout.newWriter(part, purpose));
  }

  /** Starts segments by a writer for each set of fields that rows have. */
  public static SegmentWriter split(
      TableContext table, Function<TableContext, SegmentWriter> start) {
    return table.schema().vectorFields().stream().anyMatch(VectorField::optional)
        ? new Splitting(table, start)
        : start.apply(table);
  }

  /**
   * The rows of a compaction in the order of its policy, those of inputs that have the same vector
   * fields together: {@link #forCompaction} then begins few files.
   */
  public static RowOrder order(
      TableContext table, CompactionPolicy policy, List<CompactionPolicy.Input> inputs) {
    Map<List<Boolean>, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      SegmentReader reader = inputs.get(i).reader();
      List<Boolean> has =
          table.schema().vectorFields().stream()
              .map(field -> reader.hasVectors(field.name()))
              .toList();
      groups.computeIfAbsent(has, key -> new ArrayList<>()).add(i);
    }
    if (groups.size() == 1) {
      return policy.order(table, inputs);
    }
    List<Supplier<RowOrder>> parts = new ArrayList<>();
    groups.values().forEach(group -> parts.add(() -> rowsOf(table, policy, inputs, group)));
    return RowOrder.concat(parts);
  }

  private static RowOrder rowsOf(
      TableContext table,
      CompactionPolicy policy,
      List<CompactionPolicy.Input> inputs,
      List<Integer> group) {
    RowOrder rows = policy.order(table, group.stream().map(inputs::get).toList());
    return new RowOrder() {
      @Override
      public long clusterId() {
        return rows.clusterId();
      }

      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public long nextLong() {
        long row = rows.nextLong();
        return ((long) group.get((int) (row >>> 32)) << 32) | (row & 0xffff_ffffL);
      }
    };
  }

  /**
   * Starts segments for a compaction. Rows keep their order over all files; a new file begins
   * wherever a row is without other fields than the row before.
   */
  public static CompactionWriter forCompaction(
      TableContext table, CompactionPolicy policy, CompactionPolicy.Task task) {
    return table.schema().vectorFields().stream().anyMatch(VectorField::optional)
        ? new InOrder(table, part -> policy.newWriter(part, task))
        : policy.newWriter(table, task);
  }

  private static int fieldsOf(Row row) {
    int present = 0;
    for (int i = 0; i < row.vectors().length; i++) {
      present |= row.vectors()[i] == null ? 0 : 1 << i;
    }
    return present;
  }

  /** The files of rows that have the same vector fields. */
  private record Part<W extends SegmentWriter>(List<Integer> ordinals, W writer) {
    static <W extends SegmentWriter> Part<W> start(
        TableContext table, int present, Function<TableContext, W> start) {
      List<VectorField> fields = new ArrayList<>();
      List<Integer> ordinals = new ArrayList<>();
      for (int i = 0; i < table.schema().vectorFields().size(); i++) {
        if ((present & 1 << i) != 0) {
          ordinals.add(i);
          fields.add(table.schema().vectorFields().get(i));
        }
      }
      return new Part<>(ordinals, start.apply(table.withVectorFields(fields)));
    }

    Row of(Row row) {
      float[] @Nullable [] vectors = new float[ordinals.size()] @Nullable [];
      for (int i = 0; i < vectors.length; i++) {
        vectors[i] = row.vectors()[ordinals.get(i)];
      }
      return new Row(
          row.id(),
          vectors,
          row.metadata(),
          row.expiresAtMicros(),
          row.version(),
          row.updatedAtMicros());
    }
  }

  /** One part after the other. */
  private static final class InOrder implements CompactionWriter {
    private final TableContext table;
    private final Function<TableContext, CompactionWriter> start;
    private final List<Part<CompactionWriter>> parts = new ArrayList<>();
    private int fields;

    InOrder(TableContext table, Function<TableContext, CompactionWriter> start) {
      this.table = table;
      this.start = start;
    }

    private Part<CompactionWriter> part(Row row) {
      int present = fieldsOf(row);
      if (parts.isEmpty() || present != fields) {
        fields = present;
        parts.add(Part.start(table, present, start));
      }
      return parts.get(parts.size() - 1);
    }

    @Override
    public void append(Row row) {
      Part<CompactionWriter> part = part(row);
      part.writer().append(part.of(row));
    }

    @Override
    public void append(Row row, long rowId, long updatedIn) {
      append(row, RowOrder.UNKNOWN, rowId, updatedIn);
    }

    @Override
    public void append(Row row, long clusterId, long rowId, long updatedIn) {
      Part<CompactionWriter> part = part(row);
      part.writer().append(part.of(row), clusterId, rowId, updatedIn);
    }

    @Override
    public long rowCount() {
      return parts.stream().mapToLong(part -> part.writer().rowCount()).sum();
    }

    @Override
    public List<StagedSegment> finish() {
      List<StagedSegment> segments = new ArrayList<>();
      parts.forEach(part -> segments.addAll(part.writer().finish()));
      return segments;
    }

    @Override
    public void close() {
      parts.forEach(part -> part.writer().close());
    }
  }

  /** All parts side by side. */
  private static final class Splitting implements SegmentWriter {
    private final TableContext table;
    private final Function<TableContext, SegmentWriter> start;
    private final Map<Integer, Part<SegmentWriter>> parts = new LinkedHashMap<>();

    Splitting(TableContext table, Function<TableContext, SegmentWriter> start) {
      this.table = table;
      this.start = start;
    }

    @Override
    public void append(Row row) {
      Part<SegmentWriter> part = partOf(row);
      part.writer().append(part.of(row));
    }

    @Override
    public void appendImmutable(Row row) {
      Part<SegmentWriter> part = partOf(row);
      part.writer().appendImmutable(part.of(row));
    }

    private Part<SegmentWriter> partOf(Row row) {
      return parts.computeIfAbsent(fieldsOf(row), present -> Part.start(table, present, start));
    }

    @Override
    public long rowCount() {
      return parts.values().stream().mapToLong(part -> part.writer().rowCount()).sum();
    }

    @Override
    public List<StagedSegment> finish() {
      List<StagedSegment> segments = new ArrayList<>();
      for (Part<SegmentWriter> part : parts.values()) {
        segments.addAll(part.writer().finish());
      }
      return segments;
    }

    @Override
    public void close() {
      parts.values().forEach(part -> part.writer().close());
    }
  }
}
