package io.proximadb.storage;

import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
    return table.schema().vectorFields().stream().anyMatch(VectorField::optional)
        ? new Splitting(table, part -> layout.newWriter(part, purpose))
        : layout.newWriter(table, purpose);
  }

  private static final class Splitting implements SegmentWriter {
    private final TableContext table;
    private final Function<TableContext, SegmentWriter> start;
    private final Map<Integer, Part> parts = new LinkedHashMap<>();

    /** The files of rows that have the same vector fields. */
    private record Part(List<Integer> ordinals, SegmentWriter writer) {
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

    Splitting(TableContext table, Function<TableContext, SegmentWriter> start) {
      this.table = table;
      this.start = start;
    }

    private Part part(Row row) {
      int present = 0;
      for (int i = 0; i < row.vectors().length; i++) {
        present |= row.vectors()[i] == null ? 0 : 1 << i;
      }
      return parts.computeIfAbsent(present, this::start);
    }

    private Part start(int present) {
      List<VectorField> fields = new ArrayList<>();
      List<Integer> ordinals = new ArrayList<>();
      for (int i = 0; i < table.schema().vectorFields().size(); i++) {
        if ((present & 1 << i) != 0) {
          ordinals.add(i);
          fields.add(table.schema().vectorFields().get(i));
        }
      }
      return new Part(ordinals, start.apply(table.withVectorFields(fields)));
    }

    @Override
    public void append(Row row) {
      Part part = part(row);
      part.writer().append(part.of(row));
    }

    @Override
    public long rowCount() {
      return parts.values().stream().mapToLong(part -> part.writer().rowCount()).sum();
    }

    @Override
    public List<StagedSegment> finish() {
      List<StagedSegment> segments = new ArrayList<>();
      for (Part part : parts.values()) {
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
