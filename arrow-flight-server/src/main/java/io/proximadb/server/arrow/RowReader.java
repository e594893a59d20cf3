package io.proximadb.server.arrow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/** Reads batches of an answer as rows; vectors become {@code float[]}. */
public final class RowReader {
  private RowReader() {}

  /** The rows of a batch as values by column; they share no memory with it. */
  public static List<Map<String, @Nullable Object>> rows(VectorSchemaRoot batch) {
    List<Map<String, @Nullable Object>> rows = new ArrayList<>(batch.getRowCount());
    for (int row = 0; row < batch.getRowCount(); row++) {
      rows.add(new LinkedHashMap<>());
    }
    for (FieldVector vector : batch.getFieldVectors()) {
      IntFunction<@Nullable Object> column = column(vector);
      for (int row = 0; row < rows.size(); row++) {
        rows.get(row).put(vector.getName(), column.apply(row));
      }
    }
    return rows;
  }

  private static IntFunction<@Nullable Object> column(FieldVector vector) {
    boolean isVector =
        vector instanceof FixedSizeListVector list
            && ArrowTypes.isFloat32(list.getDataVector().getField());
    if (!isVector) {
      return ValueReader.of(vector)::read;
    }
    VectorBlocks blocks = VectorBlocks.openWithNulls(vector);
    return row -> vector.isNull(row) ? null : blocks.read(row);
  }
}
