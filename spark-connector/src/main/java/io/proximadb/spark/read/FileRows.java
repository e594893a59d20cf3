package io.proximadb.spark.read;

import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.query.ScanFile;
import io.proximadb.query.ScanTask;
import io.proximadb.query.SnapshotNearest;
import io.proximadb.spark.read.ProximaScan.FilePartition;
import io.proximadb.spark.types.RowPlaces;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.execution.vectorized.ConstantColumnVector;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/** The rows of one file that a query wants, in batches of columns. */
final class FileRows implements PartitionReader<ColumnarBatch> {
  private final CloseableIterator<ColumnBatch> batches;
  private final PeekableIntIterator positions;
  private final Closeable source;
  private final FilePartition partition;
  private final DenseVectors dense;
  private final @Nullable RowDistances distances;
  private final long comparedRows;
  private final long indexedRows;
  private long rowsRead;
  private long bytesRead;
  private @Nullable ColumnarBatch current;

  private FileRows(
      CloseableIterator<ColumnBatch> batches,
      RoaringBitmap positions,
      Closeable source,
      FilePartition partition,
      DenseVectors dense,
      @Nullable RowDistances distances,
      long comparedRows,
      long indexedRows) {
    this.batches = batches;
    this.positions = positions.getIntIterator();
    this.source = source;
    this.partition = partition;
    this.dense = dense;
    this.distances = distances;
    this.comparedRows = comparedRows;
    this.indexedRows = indexedRows;
  }

  /** Opens the file, and finds the rows wanted. */
  static FileRows open(TableContext table, FilePartition partition, int batchRows) {
    TopRows top = partition.top();
    return top == null
        ? all(table, partition, batchRows)
        : nearest(table, partition, top, batchRows);
  }

  private static FileRows all(TableContext table, FilePartition partition, int batchRows) {
    ScanTask task = partition.task();
    ScanFile file = ScanFile.open(table, task);
    try {
      SegmentReader reader = file.reader();
      RoaringBitmap positions = task.positions(table, reader);
      for (String field : partition.present()) {
        if (reader.hasVectors(field)) {
          positions.andNot(reader.rowsWithoutVector(field));
        } else {
          positions.clear();
        }
      }
      RoaringBitmap enough = positions.limit(partition.limit());
      List<String> fields =
          table.schema().vectorFields().stream()
              .map(VectorField::name)
              .filter(task.columns()::contains)
              .toList();
      DenseVectors dense = DenseVectors.of(reader, fields, batchRows);
      CloseableIterator<ColumnBatch> batches = dense.others(task).read(reader, enough, batchRows);
      return new FileRows(batches, enough, file::close, partition, dense, null, 0, 0);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static FileRows nearest(
      TableContext table, FilePartition partition, TopRows top, int batchRows) {
    ScanTask task = partition.task();
    SnapshotNearest search = SnapshotNearest.open(table, List.of(task));
    try {
      SnapshotNearest.Query query = top.query();
      SnapshotNearest.Found found = search.nearest(query);
      RoaringBitmap positions = found.positions().get(0);
      boolean mayBeNull = !partition.present().contains(query.field());
      if (mayBeNull && (top.nullsFirst() || positions.getLongCardinality() < query.k())) {
        positions.or(search.withoutVector(0, query.field()));
      }
      return new FileRows(
          search.read(0, positions, task.columns(), batchRows),
          positions,
          search::close,
          partition,
          DenseVectors.none(),
          new RowDistances(top, search.reader(0)),
          found.comparedRows(),
          found.indexedRows());
    } catch (RuntimeException e) {
      search.close();
      throw e;
    }
  }

  @Override
  public boolean next() {
    if (!batches.hasNext()) {
      return false;
    }
    ColumnBatch batch = batches.next();
    int rows = batch.rowCount();
    List<String> columns = partition.columns();
    ColumnVector[] vectors = new ColumnVector[columns.size()];
    boolean placed =
        !dense.isEmpty()
            || columns.contains(RowPlaces.POSITION)
            || columns.contains(RowPlaces.DISTANCE);
    int[] places = new int[placed ? rows : 0];
    for (int i = 0; i < places.length; i++) {
      places[i] = positions.next();
    }
    bytesRead += dense.read(places);
    for (int i = 0; i < vectors.length; i++) {
      String column = columns.get(i);
      ColumnVector known = dense.vector(column);
      vectors[i] =
          known != null
              ? known
              : switch (column) {
                case RowPlaces.FILE -> file(rows);
                case RowPlaces.POSITION ->
                    SparkVectors.ofLongs(Arrays.stream(places).asLongStream().toArray());
                case RowPlaces.DISTANCE -> distances(places);
                default -> SparkVectors.of(batch.column(column));
              };
    }
    for (Column column : batch.columns().values()) {
      bytesRead += column.estimatedBytes();
    }
    rowsRead += rows;
    current = new ColumnarBatch(vectors, rows);
    return true;
  }

  private ColumnVector distances(int[] places) {
    if (distances != null) {
      return SparkVectors.of(distances.of(places));
    }
    ConstantColumnVector unknown = new ConstantColumnVector(places.length, DataTypes.FloatType);
    unknown.setNull();
    return unknown;
  }

  private ColumnVector file(int rows) {
    ConstantColumnVector file = new ConstantColumnVector(rows, DataTypes.StringType);
    file.setUtf8String(UTF8String.fromString(partition.task().file().location()));
    return file;
  }

  @Override
  public ColumnarBatch get() {
    if (current == null) {
      throw new IllegalStateException("next() was not called");
    }
    return current;
  }

  @Override
  public CustomTaskMetric[] currentMetricsValues() {
    return ScanMetrics.values(rowsRead, bytesRead, comparedRows, indexedRows);
  }

  @Override
  public void close() throws IOException {
    try (source) {
      batches.close();
    }
  }
}
