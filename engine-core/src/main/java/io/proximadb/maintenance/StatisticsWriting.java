package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.storage.TableContext;
import java.time.Duration;

/**
 * Writes the statistics of a table's current snapshot beside it, where they are cheap to read, and
 * removes those of snapshots before. Changes nothing of the table, so it is not reported as work.
 */
final class StatisticsWriting implements MaintenanceWork {
  /*
   * Recovery: a file appears whole or not at all, and says which snapshot it is of. What a crash
   * leaves are files of older snapshots, which the next run or the orphan clean-up removes.
   */

  /** Until the next look when nobody says that the table changed. */
  private static final Duration INTERVAL = Duration.ofMinutes(5);

  private final TableStatistics statistics = new TableStatistics();

  @Override
  public Kind kind() {
    return Kind.STATISTICS;
  }

  @Override
  public Duration interval() {
    return INTERVAL;
  }

  @Override
  public MaintenanceResult run(MaintenanceScope scope) {
    CollectionTable table = scope.table();
    table.refresh();
    if (statistics.persist(table, scope.clock().nowMicros())) {
      scope.failPoints().reached("statistics.written");
      TableContext context = table.context();
      TableStatistics.superseded(table).forEach(context.io()::deleteFile);
    }
    return MaintenanceResult.NOTHING;
  }
}
