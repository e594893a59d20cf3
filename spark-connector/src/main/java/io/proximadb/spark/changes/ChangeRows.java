package io.proximadb.spark.changes;

import io.proximadb.model.column.ColumnBatch;
import io.proximadb.spark.read.RowSizes;
import io.proximadb.spark.read.SparkVectors;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.util.List;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/** The changed rows of one file, in batches of columns. */
final class ChangeRows implements PartitionReader<ColumnarBatch> {
  private final ChangePartition partition;
  private final SegmentReader file;
  private final CloseableIterator<ColumnBatch> batches;
  private @Nullable ColumnarBatch current;

  private ChangeRows(
      ChangePartition partition, SegmentReader file, CloseableIterator<ColumnBatch> batches) {
    this.partition = partition;
    this.file = file;
    this.batches = batches;
  }

  /** Ships to the tasks and opens their files. */
  static PartitionReaderFactory factory(TableContext table, long rowBytes) {
    return new Factory(table, RowSizes.batchRows(rowBytes));
  }

  private static final class Factory implements PartitionReaderFactory {
    private static final long serialVersionUID = 1;

    private final TableContext table;
    private final int batchRows;

    Factory(TableContext table, int batchRows) {
      this.table = table;
      this.batchRows = batchRows;
    }

    @Override
    public boolean supportColumnarReads(InputPartition partition) {
      return true;
    }

    @Override
    public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
      return open(table, (ChangePartition) partition, batchRows);
    }

    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      throw new UnsupportedOperationException("Rows are read in columns only");
    }
  }

  private static ChangeRows open(TableContext table, ChangePartition partition, int batchRows) {
    SegmentReader file = Segments.open(table, partition.task().file().dataFile());
    try {
      List<String> stored =
          partition.columns().stream().filter(column -> !ChangeColumns.isOwn(column)).toList();
      return new ChangeRows(
          partition,
          file,
          partition.task().read(file, partition.task().positions(table, file), stored, batchRows));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public boolean next() {
    if (!batches.hasNext()) {
      return false;
    }
    ColumnBatch batch = batches.next();
    ColumnVector[] vectors = new ColumnVector[partition.columns().size()];
    for (int i = 0; i < vectors.length; i++) {
      String column = partition.columns().get(i);
      vectors[i] =
          ChangeColumns.isOwn(column)
              ? ChangeColumns.of(column, partition.task(), batch.rowCount())
              : SparkVectors.of(batch.column(column));
    }
    current = new ColumnarBatch(vectors, batch.rowCount());
    return true;
  }

  @Override
  public ColumnarBatch get() {
    if (current == null) {
      throw new IllegalStateException("next() was not called");
    }
    return current;
  }

  @Override
  public void close() throws IOException {
    try (file) {
      batches.close();
    }
  }
}
