package io.proximadb.spark.read;

import io.proximadb.filter.Filter;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.VectorField;
import io.proximadb.query.ReadPoint;
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
import java.util.function.Function;
import org.apache.iceberg.DeleteFile;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Statistics;
import org.apache.spark.sql.connector.read.SupportsReportPartitioning;
import org.apache.spark.sql.connector.read.SupportsReportStatistics;
import org.apache.spark.sql.connector.read.SupportsRuntimeV2Filtering;
import org.apache.spark.sql.connector.read.partitioning.Partitioning;
import org.apache.spark.sql.connector.read.partitioning.UnknownPartitioning;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/** A read of one snapshot at one time: one partition for each data file that may have rows. */
public final class ProximaScan
    implements Batch,
        SupportsReportStatistics,
        SupportsReportPartitioning,
        SupportsRuntimeV2Filtering {
  /**
   * Which rows.
   *
   * @param filter rows for which it is true
   * @param present vector columns that are not null in them
   * @param top null for all of them
   * @param limit that many of each file are enough; {@link #NO_LIMIT} for all of them
   * @param readTimestampMicros rows that expire at or before it are gone
   */
  record Wanted(
      Filter filter,
      List<String> present,
      @Nullable TopRows top,
      int limit,
      long readTimestampMicros) {
    static final int NO_LIMIT = Integer.MAX_VALUE;
  }

  private final ReadPoint point;
  private final SparkColumns sparkColumns;
  private final List<String> columns;
  private final Predicate[] pushed;
  private final Wanted wanted;
  private final CaseInsensitiveStringMap options;
  private final Function<String, MicroBatchStream> streams;

  /** The snapshot stays while this scan, or a partition of it, is in use on the driver. */
  private final Object pin;

  /** Why an order by distance is not part of the scan; empty if there is nothing to tell. */
  private final String notTop;

  private final boolean explained;

  /** What a join told while the query runs; rows for which it is not true are not needed. */
  private final RuntimeFilter runtime = new RuntimeFilter();

  private @Nullable SnapshotScan planned;

  ProximaScan(
      ReadPoint point,
      SparkColumns sparkColumns,
      List<String> columns,
      Predicate[] pushed,
      Wanted wanted,
      CaseInsensitiveStringMap options,
      Function<String, MicroBatchStream> streams,
      Object pin,
      String notTop,
      boolean explained) {
    this.point = point;
    this.sparkColumns = sparkColumns;
    this.columns = columns;
    this.pushed = pushed;
    this.wanted = wanted;
    this.options = options;
    this.streams = streams;
    this.pin = pin;
    this.notTop = notTop;
    this.explained = explained;
  }

  /** The files; they are looked for when somebody asks for them, which a stream never does. */
  private synchronized SnapshotScan scan() {
    SnapshotScan known = planned;
    if (known == null) {
      known =
          SnapshotScan.of(
              point,
              wanted.readTimestampMicros(),
              runtime.and(wanted.filter()),
              columns.stream().filter(column -> !RowPlaces.isPlace(column)).toList());
      planned = known;
    }
    return known;
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
    return new ProximaScan(
        point, sparkColumns, columns, pushed, wanted, options, streams, pin, why, true);
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
    return point.table().name().toString();
  }

  /** Keeps the snapshot for as long as somebody has it. */
  public Object pin() {
    return pin;
  }

  /** What tasks need to open the files. */
  public TableContext context() {
    return point.context();
  }

  /** The options of the read. */
  public CaseInsensitiveStringMap options() {
    return options;
  }

  /** The table's properties. */
  public Map<String, String> properties() {
    return point.table().properties();
  }

  /** The files that may have rows, all with the filter and the columns of this scan. */
  public List<ScanTask> tasks() {
    return scan().tasks();
  }

  /** True if all rows that the filter passes are wanted, and no more is asked of readers. */
  public boolean isPlain() {
    return wanted.top() == null
        && wanted.limit() == Wanted.NO_LIMIT
        && columns.stream().noneMatch(RowPlaces::isPlace);
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
    OptionalLong snapshot = point.snapshotId();
    return "proximadb "
        + name()
        + " (snapshot="
        + (snapshot.isPresent() ? Long.toString(snapshot.getAsLong()) : "none")
        + ", files="
        + needed().size()
        + ", PushedFilters: "
        + Arrays.toString(pushed)
        + (wanted.limit() == Wanted.NO_LIMIT ? "" : ", limit=" + wanted.limit())
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
    return needed().stream()
        .map(task -> new FilePartition(task, wanted, columns, pin))
        .toArray(InputPartition[]::new);
  }

  /** The files; of a limit without a condition only those that surely have so many rows. */
  private List<ScanTask> needed() {
    List<ScanTask> all = scan().tasks();
    if (wanted.limit() == Wanted.NO_LIMIT
        || !(wanted.filter() instanceof Filter.AlwaysTrue)
        || !wanted.present().isEmpty()) {
      return all;
    }
    SureRows sure = new SureRows(point, wanted.readTimestampMicros());
    long rows = 0;
    int files = 0;
    while (files < all.size() && rows < wanted.limit()) {
      rows += sure.atLeast(all.get(files++).file());
    }
    return all.subList(0, files);
  }

  /** As many partitions as files; rows of one value are in any of them. */
  @Override
  public Partitioning outputPartitioning() {
    return new UnknownPartitioning(needed().size());
  }

  @Override
  public MicroBatchStream toMicroBatchStream(String checkpointLocation) {
    return streams.apply(checkpointLocation);
  }

  /** Columns whose values a join may tell, so that files and rows without them are not read. */
  @Override
  public NamedReference[] filterAttributes() {
    // Rows that were left out would make room for others among the first.
    return wanted.top() != null || wanted.limit() != Wanted.NO_LIMIT
        ? new NamedReference[0]
        : columns.stream()
            .filter(column -> sparkColumns.fieldType(column).orElse(null) instanceof Scalar)
            .map(Expressions::column)
            .toArray(NamedReference[]::new);
  }

  @Override
  public synchronized void filter(Predicate[] predicates) {
    if (runtime.add(predicates, new PredicateConverter(sparkColumns))) {
      planned = null;
    }
  }

  @Override
  public CustomTaskMetric[] reportDriverMetrics() {
    TopRows top = wanted.top();
    return ScanMetrics.ofDriver(scan().skippedFiles(), top == null ? 0 : top.query().recall());
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new BatchReaderFactory(point.context(), rowBytes());
  }

  @Override
  public CustomMetric[] supportedCustomMetrics() {
    return ScanMetrics.all();
  }

  /** An upper bound: expired rows and rows that the filter drops are counted. */
  @Override
  public Statistics estimateStatistics() {
    long rows = 0;
    for (ScanTask task : needed()) {
      long deleted = task.file().deletes().stream().mapToLong(DeleteFile::recordCount).sum();
      long inFile = Math.max(0, task.file().dataFile().recordCount() - deleted);
      rows += wanted.top() == null ? inFile : Math.min(inFile, wanted.top().query().k());
    }
    if (wanted.limit() != Wanted.NO_LIMIT) {
      // Each file gives so many at most.
      rows = Math.min(rows, (long) wanted.limit() * needed().size());
    }
    return new Estimate(OptionalLong.of(rows * rowBytes()), OptionalLong.of(rows));
  }

  /** Bytes of one row of this scan in memory, roughly. */
  private long rowBytes() {
    return RowSizes.bytes(sparkColumns, columns);
  }

  private record Estimate(OptionalLong sizeInBytes, OptionalLong numRows) implements Statistics {}

  /** One file. */
  static final class FilePartition implements InputPartition {
    private static final long serialVersionUID = 1;

    private final ScanTask task;
    private final List<String> present;
    private final @Nullable TopRows top;
    private final int limit;
    private final List<String> columns;

    /** On the driver alone: an RDD outlives the scan that made its partitions. */
    @SuppressWarnings({"unused", "UnusedVariable"})
    private final transient @Nullable Object pin;

    FilePartition(ScanTask task, Wanted wanted, List<String> columns, Object pin) {
      this.task = task;
      this.present = wanted.present();
      this.top = wanted.top();
      this.limit = wanted.limit();
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

    /** So many of the rows are enough. */
    int limit() {
      return limit;
    }

    /** The columns wanted, in this order. */
    List<String> columns() {
      return columns;
    }
  }
}
