package io.proximadb.maintenance;

/**
 * One kind of background work on one table. Works are tried in turn; each does a bounded step.
 *
 * <p>A work is used by one thread at a time. It may be stopped at any point by the death of the
 * process: what it leaves must be right, and a later run cleans up.
 */
public interface MaintenanceWork {
  /** What the work is, in the order in which it goes first. */
  enum Kind {
    TTL_SWEEP,
    NORMALISE,
    COMPACTION,
    MANIFEST_REWRITE,
    SNAPSHOT_EXPIRY,
    ORPHAN_CLEANUP
  }

  Kind kind();

  /**
   * Looks whether there is something to do, and does one step of it.
   *
   * @param scope the table, refreshed by the work itself, and when it is
   * @return what was done
   * @throws io.proximadb.error.ProximaException if it failed; it is tried again later
   */
  MaintenanceResult run(MaintenanceScope scope);
}
