package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import java.time.Duration;

/**
 * One kind of background work on one table. Works are tried in turn; each does a bounded step.
 *
 * <p>A work is used by one thread at a time for each table, and by several for several tables. It
 * may be stopped at any point by the death of the process: what it leaves must be right, and a
 * later run cleans up.
 */
public interface MaintenanceWork {
  /** What the work is, in the order in which it goes first. */
  enum Kind {
    TTL_SWEEP,
    NORMALISE,
    RECLUSTER,
    COMPACTION,
    INDEX_BUILD,
    AXIS,
    MANIFEST_REWRITE,
    SNAPSHOT_EXPIRY,
    ORPHAN_CLEANUP,
    STATISTICS
  }

  Kind kind();

  /**
   * True if it is to be done for a table. Only works that do not change the table itself, and read
   * it by {@link MaintenanceScope#tableToRead()}, are for attached ones.
   */
  default boolean isFor(CollectionTable table) {
    return !table.isAttached();
  }

  /** How long to wait with the next look when nobody says that the table changed. */
  default Duration interval() {
    return Duration.ofMinutes(1);
  }

  /**
   * Looks whether there is something to do, and does one step of it.
   *
   * @param scope the table, refreshed by the work itself, and when it is
   * @return what was done
   * @throws io.proximadb.error.ProximaException if it failed; it is tried again later
   */
  MaintenanceResult run(MaintenanceScope scope);

  /**
   * Looks what {@link #run} would do now, and changes nothing.
   *
   * @return counts of what would be done; nothing for a work that cannot tell
   */
  default MaintenanceResult plan(MaintenanceScope scope) {
    return MaintenanceResult.NOTHING;
  }
}
