package io.proximadb.query;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowSelector;
import io.proximadb.error.NotFoundException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterPruning;
import io.proximadb.model.SystemColumns;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.types.Type.TypeID;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** A read of one snapshot of a table, planned into tasks; needs no engine. */
public final class SnapshotScan {
  /** Columns that get a value where another engine wrote none. */
  private static final Set<String> FILLED_IN =
      Set.of(SystemColumns.VERSION, SystemColumns.UPDATED_AT);

  private final OptionalLong snapshotId;
  private final List<ScanTask> tasks;
  private final int skippedFiles;

  private SnapshotScan(OptionalLong snapshotId, List<ScanTask> tasks, int skippedFiles) {
    this.snapshotId = snapshotId;
    this.tasks = tasks;
    this.skippedFiles = skippedFiles;
  }

  /**
   * Plans a read.
   *
   * @param snapshotId which snapshot, with the schema that the table had then; null for the table's
   *     current one
   * @param readTimestampMicros expiry is judged at that time, microseconds since 1970
   * @throws io.proximadb.error.InvalidArgumentException if filter or columns do not fit the schema
   * @throws NotFoundException if there is no such snapshot
   */
  public static SnapshotScan of(
      CollectionTable table,
      @Nullable Long snapshotId,
      long readTimestampMicros,
      Filter filter,
      List<String> columns) {
    return of(
        snapshotId == null
            ? ReadPoint.current(table)
            : ReadPoint.version(table, Long.toString(snapshotId)),
        readTimestampMicros,
        filter,
        columns);
  }

  /**
   * Plans a read of a snapshot.
   *
   * @param readTimestampMicros expiry is judged at that time, microseconds since 1970
   * @throws io.proximadb.error.InvalidArgumentException if filter or columns do not fit the schema
   */
  public static SnapshotScan of(
      ReadPoint point, long readTimestampMicros, Filter filter, List<String> columns) {
    CollectionTable table = point.table();
    TableContext context = point.context();
    boolean byVersion =
        BoundFilter.bind(filter, context.schema()).columns().stream().anyMatch(FILLED_IN::contains);
    new RowColumns(context.schema()).check(columns);
    OptionalLong read = point.snapshotId();
    if (read.isEmpty()) {
      return new SnapshotScan(read, List.of(), 0);
    }
    InclusiveMetricsEvaluator mayMatch =
        new InclusiveMetricsEvaluator(
            context.icebergSchema(),
            canPrune(context, filter)
                ? FilterPruning.toExpression(filter, context.schema())
                : Expressions.alwaysTrue());
    List<LiveFile> files = table.liveFiles(read.getAsLong());
    List<ScanTask> tasks =
        files.stream()
            .filter(
                file ->
                    mayMatch.eval(file.dataFile())
                        || (byVersion && isFilledIn(context, file.dataFile())))
            .map(file -> new ScanTask(file, filter, columns, readTimestampMicros))
            .toList();
    return new SnapshotScan(read, tasks, files.size() - tasks.size());
  }

  /**
   * False if the filter compares ids as text that the files of an attached table have otherwise.
   */
  private static boolean canPrune(TableContext table, Filter filter) {
    NestedField id = table.icebergSchema().findField(SystemColumns.ID);
    return id.type().typeId() == TypeID.STRING
        || !BoundFilter.bind(filter, table.schema()).columns().contains(SystemColumns.ID);
  }

  /** True if rows of another engine may lack what is filled in, which column bounds cannot tell. */
  private static boolean isFilledIn(TableContext table, DataFile file) {
    Map<Integer, Long> nullCounts = file.nullValueCounts();
    for (String name : FILLED_IN) {
      NestedField column = table.icebergSchema().findField(name);
      Long nulls = nullCounts == null || column == null ? null : nullCounts.get(column.fieldId());
      if (nulls == null || nulls > 0) {
        return true;
      }
    }
    return false;
  }

  /** The snapshot that is read; empty if the table has none. */
  public OptionalLong snapshotId() {
    return snapshotId;
  }

  /** One task for each data file that may have matching rows. */
  public List<ScanTask> tasks() {
    return tasks;
  }

  /** How many files their statistics leave out. */
  public int skippedFiles() {
    return skippedFiles;
  }

  /**
   * Selects, for a deletion, the rows for which a filter is true. Rows that expired are not
   * selected: they are gone already.
   */
  public static RowSelector selector(
      CollectionTable table, Filter filter, long readTimestampMicros) {
    TableContext context = table.context();
    BoundFilter.bind(filter, context.schema());
    return file -> {
      LiveFile whole = new LiveFile(file.dataFile(), List.of());
      try (SegmentReader reader = Segments.open(context, file.dataFile())) {
        return new ScanTask(whole, filter, List.of(), readTimestampMicros)
            .positions(context, reader);
      }
    };
  }
}
