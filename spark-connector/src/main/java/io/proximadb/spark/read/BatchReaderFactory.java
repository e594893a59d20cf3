package io.proximadb.spark.read;

import io.proximadb.model.column.ColumnBatch;
import io.proximadb.query.ScanTask;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.util.List;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;

/** Ships to the tasks and opens their files, always in columns. */
final class BatchReaderFactory implements PartitionReaderFactory {
  /**
   * A batch is about that big: a few of them fit a core's share of the cache of today's servers.
   */
  private static final long BATCH_BYTES = 4L << 20;

  private static final int MIN_BATCH_ROWS = 64;
  private static final int MAX_BATCH_ROWS = 4_096;

  private final TableContext table;
  private final int batchRows;

  BatchReaderFactory(TableContext table, long rowBytes) {
    this.table = table;
    this.batchRows =
        (int) Math.max(MIN_BATCH_ROWS, Math.min(MAX_BATCH_ROWS, BATCH_BYTES / rowBytes));
  }

  @Override
  public boolean supportColumnarReads(InputPartition partition) {
    return true;
  }

  @Override
  public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
    ScanTask task = ((ProximaScan.FilePartition) partition).task();
    return new Reader(task.open(table, batchRows), task.columns());
  }

  @Override
  public PartitionReader<InternalRow> createReader(InputPartition partition) {
    throw new UnsupportedOperationException("Rows are read in columns only");
  }

  private static final class Reader implements PartitionReader<ColumnarBatch> {
    private final CloseableIterator<ColumnBatch> batches;
    private final List<String> columns;
    private @Nullable ColumnarBatch current;

    Reader(CloseableIterator<ColumnBatch> batches, List<String> columns) {
      this.batches = batches;
      this.columns = columns;
    }

    @Override
    public boolean next() {
      if (!batches.hasNext()) {
        return false;
      }
      current = SparkVectors.of(batches.next(), columns);
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
      batches.close();
    }
  }
}
