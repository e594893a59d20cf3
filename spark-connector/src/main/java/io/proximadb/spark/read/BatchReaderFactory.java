package io.proximadb.spark.read;

import io.proximadb.storage.TableContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/** Ships to the tasks and opens their files, always in columns. */
final class BatchReaderFactory implements PartitionReaderFactory {
  private final TableContext table;
  private final int batchRows;

  BatchReaderFactory(TableContext table, long rowBytes) {
    this.table = table;
    this.batchRows = RowSizes.batchRows(rowBytes);
  }

  @Override
  public boolean supportColumnarReads(InputPartition partition) {
    return true;
  }

  @Override
  public PartitionReader<ColumnarBatch> createColumnarReader(InputPartition partition) {
    return FileRows.open(table, (ProximaScan.FilePartition) partition, batchRows);
  }

  @Override
  public PartitionReader<InternalRow> createReader(InputPartition partition) {
    throw new UnsupportedOperationException("Rows are read in columns only");
  }
}
