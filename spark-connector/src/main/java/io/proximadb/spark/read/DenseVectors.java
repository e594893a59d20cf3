package io.proximadb.spark.read;

import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.query.ScanTask;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.jspecify.annotations.Nullable;

/**
 * The vectors of a file whose pages are memory, batch by batch in one array that is written over by
 * the next batch, as Spark lets readers do, so that batches leave no garbage behind.
 */
final class DenseVectors {
  private final Map<String, Buffer> buffers;

  /** Of one column. */
  private record Buffer(VectorRows rows, FloatVectorColumn column, ColumnVector vector) {}

  private DenseVectors(Map<String, Buffer> buffers) {
    this.buffers = buffers;
  }

  /** Of no column. */
  static DenseVectors none() {
    return new DenseVectors(Map.of());
  }

  /**
   * The columns of a read that are vectors in memory, which each row of the file has.
   *
   * @param fields the dense vector columns among those read
   * @param batchRows rows of a batch at most
   */
  static DenseVectors of(SegmentReader reader, List<String> fields, int batchRows) {
    Map<String, Buffer> buffers = new LinkedHashMap<>();
    for (String field : fields) {
      if (reader.hasVectors(field) && reader.rowsWithoutVector(field).isEmpty()) {
        VectorRows rows = reader.vectors(field);
        if (rows.isMapped()) {
          int batch = Math.min(batchRows, Math.max(1, rows.rowCount()));
          FloatVectorColumn column =
              new FloatVectorColumn(
                  rows.dimension(), new float[Math.multiplyExact(batch, rows.dimension())]);
          buffers.put(field, new Buffer(rows, column, SparkVectors.of(column)));
        }
      }
    }
    return new DenseVectors(buffers);
  }

  /** The same read without these columns. */
  ScanTask others(ScanTask task) {
    List<String> columns = new ArrayList<>(task.columns());
    columns.removeAll(buffers.keySet());
    return new ScanTask(task.file(), task.filter(), columns, task.readTimestampMicros());
  }

  boolean isEmpty() {
    return buffers.isEmpty();
  }

  /** The column's vectors of the last {@link #read}; null for a column that is none of these. */
  @Nullable ColumnVector vector(String column) {
    Buffer buffer = buffers.get(column);
    return buffer == null ? null : buffer.vector();
  }

  /**
   * Reads the vectors of rows.
   *
   * @param positions of the rows in the file, ascending
   * @return their bytes
   */
  long read(int[] positions) {
    long floats = 0;
    for (Buffer buffer : buffers.values()) {
      int dimension = buffer.rows().dimension();
      for (int from = 0; from < positions.length; ) {
        int to = from + 1;
        while (to < positions.length && positions[to] == positions[to - 1] + 1) {
          to++;
        }
        buffer.rows().copy(positions[from], to - from, buffer.column().values(), from * dimension);
        from = to;
      }
      floats += (long) positions.length * dimension;
    }
    return floats * Float.BYTES;
  }
}
