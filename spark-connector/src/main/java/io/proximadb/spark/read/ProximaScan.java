package io.proximadb.spark.read;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.filter.Filter;
import io.proximadb.model.VectorField;
import io.proximadb.query.ScanTask;
import io.proximadb.query.SnapshotNearest;
import io.proximadb.query.SnapshotScan;
import io.proximadb.spark.types.RowPlaces;
import io.proximadb.spark.types.SparkColumns;
import io.proximadb.storage.TableContext;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.iceberg.DeleteFile;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** A read of one snapshot at one time: one partition for each data file that may have rows. */
public final class ProximaScan implements Scan, Batch, SupportsReportStatistics {
  private static final long FLOAT_BYTES = 4;

  /**
   * Which rows.
   *
   * @param filter rows for which it is true
   * @param present vector columns that are not null in them
   * @param top null for all of them
   * @param readTimestampMicros rows that expire at or before it are gone
   */
  record Wanted(
      Filter filter, List<String> present, @Nullable TopRows top, long readTimestampMicros) {}

  private final CollectionTable table;
  private final SparkColumns sparkColumns;
  private final List<String> columns;
  private final Predicate[] pushed;
  private final Wanted wanted;
  private final SnapshotScan scan;

  /** The snapshot stays while this scan, or a partition of it, is in use on the driver. */
  private final Object pin;

  /** Why an order by distance is not part of the scan; empty if there is nothing to tell. */
  private final String notTop;

  private final boolean explained;

  ProximaScan(
      CollectionTable table,
      SparkColumns sparkColumns,
      List<String> columns,
      Predicate[] pushed,
      Wanted wanted,
      Object pin,
      String notTop) {
    this(
        table,
        sparkColumns,
        columns,
        pushed,
        wanted,
        pin,
        SnapshotScan.of(
            table,
            null,
            wanted.readTimestampMicros(),
            wanted.filter(),
            columns.stream().filter(column -> !RowPlaces.isPlace(column)).toList()),
        notTop,
        false);
  }

  private ProximaScan(
      CollectionTable table,
      SparkColumns sparkColumns,
      List<String> columns,
      Predicate[] pushed,
      Wanted wanted,
      Object pin,
      SnapshotScan scan,
      String notTop,
      boolean explained) {
    this.table = table;
    this.sparkColumns = sparkColumns;
    this.columns = columns;
    this.pushed = pushed;
    this.wanted = wanted;
    this.pin = pin;
    this.scan = scan;
    this.notTop = notTop;
    this.explained = explained;
  }

  /** True if rows that are too far for an {@code ORDER BY ... LIMIT} are not read. */
  public boolean isTopOnly() {
    return wanted.top() != null;
  }

  /** Why an order by distance was not taken; empty if none was offered. */
  public String whyNotTop() {
    return notTop;
  }

  /** The same scan, which says in plans why Spark compares all rows by distance. */
  public ProximaScan explained(String why) {
    return new ProximaScan(table, sparkColumns, columns, pushed, wanted, pin, scan, why, true);
  }

  /** True if {@link #explained} made it. */
  public boolean isExplained() {
    return explained;
  }

  /** Vector columns that are not null in the rows of this scan. */
  public List<String> present() {
    return wanted.present();
  }

  /** The table's name. */
  public String name() {
    return table.name().toString();
  }

  /** Keeps the snapshot for as long as somebody has it. */
  public Object pin() {
    return pin;
  }

  /** What tasks need to open the files. */
  public TableContext context() {
    return table.context();
  }

  /** The table's properties. */
  public Map<String, String> properties() {
    return table.properties();
  }

  /** The files that may have rows, all with the filter and the columns of this scan. */
  public List<ScanTask> tasks() {
    return scan.tasks();
  }

  /** True if all rows that the filter passes are wanted, and no more is asked of readers. */
  public boolean isPlain() {
    return wanted.top() == null && columns.stream().noneMatch(RowPlaces::isPlace);
  }

  /** The vector field of a column, if it is one. */
  public Optional<VectorField> vectorField(String column) {
    return sparkColumns.vectorField(column);
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
        + search()
        + ")";
  }

  private String search() {
    TopRows top = wanted.top();
    if (top == null) {
      return notTop.isEmpty() ? "" : ", VectorSearch: not in the scan, " + notTop;
    }
    SnapshotNearest.Query query = top.query();
    return ", VectorSearch: nearest "
        + query.k()
        + " by "
        + query.metric()
        + " of '"
        + query.field()
        + "', "
        + (query.recall() < 1 ? "approximate, recall " + query.recall() : "exact");
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public InputPartition[] planInputPartitions() {
    return scan.tasks().stream()
        .map(task -> new FilePartition(task, wanted, columns, pin))
        .toArray(InputPartition[]::new);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new BatchReaderFactory(table.context(), rowBytes());
  }

  @Override
  public CustomMetric[] supportedCustomMetrics() {
    return ScanMetrics.all();
  }

  /** An upper bound: expired rows and rows that the filter drops are counted. */
  @Override
  public Statistics estimateStatistics() {
    long rows = 0;
    for (ScanTask task : scan.tasks()) {
      long deleted = task.file().deletes().stream().mapToLong(DeleteFile::recordCount).sum();
      long inFile = Math.max(0, task.file().dataFile().recordCount() - deleted);
      rows += wanted.top() == null ? inFile : Math.min(inFile, wanted.top().query().k());
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
    private final List<String> present;
    private final @Nullable TopRows top;
    private final List<String> columns;

    /** On the driver alone: an RDD outlives the scan that made its partitions. */
    @SuppressWarnings({"unused", "UnusedVariable"})
    private final transient @Nullable Object pin;

    FilePartition(ScanTask task, Wanted wanted, List<String> columns, Object pin) {
      this.task = task;
      this.present = wanted.present();
      this.top = wanted.top();
      this.columns = List.copyOf(columns);
      this.pin = pin;
    }

    ScanTask task() {
      return task;
    }

    /** Vector columns that are not null in the rows wanted. */
    List<String> present() {
      return present;
    }

    /** The rows wanted in the order of a distance; null for all. */
    @Nullable TopRows top() {
      return top;
    }

    /** The columns wanted, in this order. */
    List<String> columns() {
      return columns;
    }
  }
}
