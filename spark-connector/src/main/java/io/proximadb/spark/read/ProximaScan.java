package io.proximadb.spark.read;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.ReaderPins;
import io.proximadb.model.VectorField;
import io.proximadb.query.ScanTask;
import io.proximadb.query.SnapshotScan;
import io.proximadb.spark.types.SparkColumns;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.apache.iceberg.DeleteFile;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** A read of one snapshot at one time: one partition for each data file that may have rows. */
final class ProximaScan implements Scan, Batch, SupportsReportStatistics {
  private static final long FLOAT_BYTES = 4;

  private final CollectionTable table;
  private final SparkColumns sparkColumns;
  private final List<String> columns;
  private final Predicate[] pushed;
  private final SnapshotScan scan;

  /** The snapshot stays while this scan, or a partition of it, is in use on the driver. */
  private final Object pin = new Object();

  ProximaScan(
      CollectionTable table,
      Supplier<CollectionTable> loader,
      SparkColumns sparkColumns,
      List<String> columns,
      Filter filter,
      Predicate[] pushed,
      long readTimestampMicros) {
    this.table = table;
    this.sparkColumns = sparkColumns;
    this.columns = columns;
    this.pushed = pushed;
    ReaderPins.shared().hold(table, loader, pin);
    this.scan = SnapshotScan.of(table, null, readTimestampMicros, filter, columns);
  }

  @Override
  public StructType readSchema() {
    return sparkColumns.readSchema(columns);
  }

  @Override
  public String description() {
    OptionalLong snapshot = scan.snapshotId();
    return "proximadb "
        + table.name()
        + " (snapshot="
        + (snapshot.isPresent() ? Long.toString(snapshot.getAsLong()) : "none")
        + ", files="
        + scan.tasks().size()
        + ", PushedFilters: "
        + Arrays.toString(pushed)
        + ")";
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    return scan.tasks().stream()
        .map(task -> new FilePartition(task, pin))
        .toArray(InputPartition[]::new);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new BatchReaderFactory(table.context(), rowBytes());
  }

  /** An upper bound: expired rows and rows that the filter drops are counted. */
  @Override
  public Statistics estimateStatistics() {
    long rows = 0;
    for (ScanTask task : scan.tasks()) {
      long deleted = task.file().deletes().stream().mapToLong(DeleteFile::recordCount).sum();
      rows += Math.max(0, task.file().dataFile().recordCount() - deleted);
    }
    return new Estimate(OptionalLong.of(rows * rowBytes()), OptionalLong.of(rows));
  }

  /** Bytes of one row of this scan in memory, roughly. */
  private long rowBytes() {
    long bytes = 1;
    for (String column : columns) {
      bytes +=
          sparkColumns
              .vectorField(column)
              .map(VectorField::dimension)
              .map(dimension -> dimension * FLOAT_BYTES)
              .orElseGet(() -> (long) sparkColumns.type(column).defaultSize());
    }
    return bytes;
  }

  private record Estimate(OptionalLong sizeInBytes, OptionalLong numRows) implements Statistics {}

  /** One file. */
  static final class FilePartition implements InputPartition {
    private static final long serialVersionUID = 1;

    private final ScanTask task;

    /** On the driver alone: an RDD outlives the scan that made its partitions. */
    @SuppressWarnings({"unused", "UnusedVariable"})
    private final transient @Nullable Object pin;

    FilePartition(ScanTask task, Object pin) {
      this.task = task;
      this.pin = pin;
    }

    ScanTask task() {
      return task;
    }
  }
}
