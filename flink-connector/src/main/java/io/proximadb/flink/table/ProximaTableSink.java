package io.proximadb.flink.table;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.filter.Filter;
import io.proximadb.flink.ProximaSink;
import io.proximadb.flink.source.FlinkTypes;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SystemColumns;
import io.proximadb.query.SnapshotScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.RowLevelModificationScanContext;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.connector.sink.abilities.SupportsDeletePushDown;
import org.apache.flink.table.connector.sink.abilities.SupportsRowLevelDelete;
import org.apache.flink.table.connector.sink.abilities.SupportsRowLevelUpdate;
import org.apache.flink.table.connector.sink.abilities.SupportsTruncate;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ProximaSink} as the planner sees it. {@code DELETE} by a condition that filters can say,
 * and {@code TRUNCATE}, are one commit without a job; other row-level statements are jobs that read
 * rows and write them.
 */
final class ProximaTableSink
    implements DynamicTableSink,
        SupportsDeletePushDown,
        SupportsRowLevelDelete,
        SupportsRowLevelUpdate,
        SupportsTruncate {
  /**
   * The table behind a sink.
   *
   * @param name in Flink
   * @param warehouseProperties of the catalog
   * @param collection its name
   * @param schema of the collection
   * @param columns that the table has
   */
  record Target(
      String name,
      Map<String, String> warehouseProperties,
      CollectionName collection,
      CollectionSchema schema,
      RowType columns) {}

  private final ProximaSink sink;
  private final Target target;
  private final Optional<Integer> parallelism;
  private @Nullable Filter deleted;

  ProximaTableSink(ProximaSink sink, Target target, Optional<Integer> parallelism) {
    this.sink = sink;
    this.target = target;
    this.parallelism = parallelism;
  }

  /** Upserts, and deletions that need their key only. */
  @Override
  public ChangelogMode getChangelogMode(ChangelogMode requested) {
    return ChangelogMode.upsert();
  }

  @Override
  public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
    return parallelism
        .map(tasks -> SinkV2Provider.of(sink, tasks))
        .orElseGet(() -> SinkV2Provider.of(sink));
  }

  @Override
  public boolean applyDeleteFilters(List<ResolvedExpression> conditions) {
    FilterConverter converter = new FilterConverter(target.schema());
    List<Filter> filters = new ArrayList<>();
    int size = 1;
    for (ResolvedExpression condition : conditions) {
      Optional<Filter> filter = converter.convert(condition);
      size += filter.map(FilterConverter::size).orElse(Filter.MAX_SIZE);
      if (size > Filter.MAX_SIZE) {
        return false;
      }
      filters.add(filter.orElseThrow());
    }
    deleted = new Filter.And(filters);
    return true;
  }

  @Override
  public Optional<Long> executeDeletion() {
    if (deleted == null) {
      throw new IllegalStateException("applyDeleteFilters() was not called");
    }
    return Optional.of(delete(deleted));
  }

  @Override
  public void executeTruncation() {
    delete(Filter.alwaysTrue());
  }

  /** Deletes rows in one commit; how many. */
  private long delete(Filter filter) {
    try (Warehouse warehouse = Warehouse.open(target.warehouseProperties())) {
      CollectionTable table = warehouse.load(target.collection());
      table.checkWritable("delete from");
      return RowLevelCommit.on(table)
          .delete(SnapshotScan.selector(table, filter, Clock.system().nowMicros()))
          .commit()
          .rowsDeleted();
    }
  }

  /** Rows of the condition come with all their columns, of which the id is read. */
  @Override
  public RowLevelDeleteInfo applyRowLevelDelete(@Nullable RowLevelModificationScanContext context) {
    return new RowLevelDeleteInfo() {};
  }

  @Override
  public RowLevelUpdateInfo applyRowLevelUpdate(
      List<Column> updated, @Nullable RowLevelModificationScanContext context) {
    if (updated.stream().anyMatch(column -> column.getName().equals(SystemColumns.ID))) {
      throw new ValidationException(
          "Cannot update column '"
              + SystemColumns.ID
              + "' of table "
              + target.name()
              + ": it is the key (expected a DELETE and an INSERT)");
    }
    List<String> missing = new ArrayList<>(FlinkTypes.rowType(target.schema()).getFieldNames());
    missing.removeAll(target.columns().getFieldNames());
    if (!missing.isEmpty()) {
      throw new ValidationException(
          "Cannot update table "
              + target.name()
              + ": it lacks columns of the collection, which an update would make NULL (expected "
              + missing
              + " to be declared, too)");
    }
    return new RowLevelUpdateInfo() {};
  }

  @Override
  public DynamicTableSink copy() {
    ProximaTableSink copy = new ProximaTableSink(sink, target, parallelism);
    copy.deleted = deleted;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "ProximaDB(" + target.name() + ")";
  }
}
