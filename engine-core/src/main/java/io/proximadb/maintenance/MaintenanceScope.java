package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.error.ClosedException;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What maintenance works on.
 *
 * @param table a handle of its own, not shared with readers or other writers
 * @param clock the time
 * @param failPoints for tests
 * @param stopped true once the work is to end as soon as it can
 * @param atOnce true if works are to look whatever their intervals, because someone asked them to
 * @param pinned snapshots whose files reads of this process need
 * @param indexNews what searches of this process found, and are told
 */
public record MaintenanceScope(
    CollectionTable table,
    Clock clock,
    FailPoints failPoints,
    BooleanSupplier stopped,
    boolean atOnce,
    Supplier<Set<Long>> pinned,
    IndexNews indexNews) {
  public MaintenanceScope(CollectionTable table, Clock clock, FailPoints failPoints) {
    this(table, clock, failPoints, () -> false);
  }

  public MaintenanceScope(
      CollectionTable table, Clock clock, FailPoints failPoints, BooleanSupplier stopped) {
    this(table, clock, failPoints, stopped, false, Set::of, IndexNews.NONE);
  }

  /**
   * The table, for works that may change it.
   *
   * @throws io.proximadb.error.InvalidArgumentException if it is attached: these are their owners'
   *     to keep in order
   */
  @Override
  public CollectionTable table() {
    table.checkWritable("maintain");
    return table;
  }

  /** The table, for works that change nothing of it: it may be attached. */
  CollectionTable tableToRead() {
    return table;
  }

  /** The same for works that are to look now. */
  public MaintenanceScope now() {
    return new MaintenanceScope(table, clock, failPoints, stopped, true, pinned, indexNews);
  }

  /** The same beside reads of this process. */
  public MaintenanceScope withPinned(Supplier<Set<Long>> snapshots) {
    return new MaintenanceScope(table, clock, failPoints, stopped, atOnce, snapshots, indexNews);
  }

  /** The same beside searches of this process. */
  public MaintenanceScope withIndexNews(IndexNews news) {
    return new MaintenanceScope(table, clock, failPoints, stopped, atOnce, pinned, news);
  }

  /**
   * Called by long works between parts.
   *
   * @throws ClosedException if the work is to end
   */
  void checkNotStopped() {
    if (stopped.getAsBoolean()) {
      throw new ClosedException("Maintenance of '" + table.name() + "' was stopped");
    }
  }
}
