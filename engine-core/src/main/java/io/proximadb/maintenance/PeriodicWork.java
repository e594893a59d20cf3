package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.BulkDeletionFailureException;

/**
 * A work that looks at a table every so often: the first time at once, then when its interval has
 * passed since there was nothing left to do, or when it is told to do all there is at once. After a
 * failure it looks again with the next call. Safe for use by several threads, each with a table of
 * its own.
 */
abstract class PeriodicWork implements MaintenanceWork {
  /** Tables whose last look is remembered; one that is forgotten is looked at once more. */
  private static final int MAX_TABLES = 10_000;

  private final Map<UUID, Long> lastLookMs = new LinkedHashMap<>();

  /** What it works on; another for works of tables that are only read. */
  CollectionTable table(MaintenanceScope scope) {
    return scope.table();
  }

  /** Milliseconds between two looks. */
  abstract long intervalMs(MaintenanceSettings settings);

  /** True if a look cannot wait for the interval; cheap. */
  boolean isUrgent(CollectionTable table) {
    return false;
  }

  /**
   * Does one step, or says what it would do.
   *
   * @param planOnly true if nothing may be changed
   */
  abstract MaintenanceResult step(
      MaintenanceScope scope, MaintenanceSettings settings, boolean planOnly);

  @Override
  public final MaintenanceResult run(MaintenanceScope scope) {
    return guarded(scope, false);
  }

  @Override
  public final MaintenanceResult plan(MaintenanceScope scope) {
    return guarded(scope, true);
  }

  private MaintenanceResult guarded(MaintenanceScope scope, boolean planOnly) {
    CollectionTable table = table(scope);
    try {
      UUID before = table.uuid();
      table.refresh();
      if (!table.uuid().equals(before)) {
        throw new NotFoundException(
            "Cannot maintain '" + table.name() + "': it was dropped and created again");
      }
      MaintenanceSettings settings = MaintenanceSettings.of(table.properties());
      long nowMs = scope.clock().nowMicros() / 1_000;
      if (!planOnly && !scope.atOnce() && !isDue(table, nowMs - intervalMs(settings))) {
        return MaintenanceResult.NOTHING;
      }
      MaintenanceResult result = step(scope, settings, planOnly);
      if (!planOnly && !result.more()) {
        remember(table.uuid(), nowMs);
      }
      return result;
    } catch (NoSuchTableException e) {
      throw new NotFoundException("Cannot maintain '" + table.name() + "': it was dropped", e);
    } catch (UncheckedIOException
        | BulkDeletionFailureException
        | org.apache.iceberg.exceptions.NotFoundException e) {
      throw new UnavailableException(
          "Cannot do " + kind() + " of '" + table.name() + "' now: " + e.getMessage(), e);
    }
  }

  private synchronized boolean isDue(CollectionTable table, long lastBeforeMs) {
    Long last = lastLookMs.get(table.uuid());
    return last == null || last <= lastBeforeMs || isUrgent(table);
  }

  private synchronized void remember(UUID table, long nowMs) {
    lastLookMs.remove(table);
    lastLookMs.put(table, nowMs);
    if (lastLookMs.size() > MAX_TABLES) {
      lastLookMs.remove(lastLookMs.keySet().iterator().next());
    }
  }
}
