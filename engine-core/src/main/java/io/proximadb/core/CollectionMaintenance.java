package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.maintenance.IndexNews;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceTarget;
import io.proximadb.maintenance.MaintenanceWork;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A collection of a running engine as maintenance sees it: while the engine owns it, or if it is
 * attached.
 */
final class CollectionMaintenance implements MaintenanceTarget {
  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;
  private final Supplier<Set<Long>> pinned;

  /**
   * Made for one collection.
   *
   * @param table a handle that nobody else uses
   * @param pinned snapshots whose files reads of this engine need
   */
  CollectionMaintenance(
      Surroundings engine,
      CollectionTable table,
      CollectionStore store,
      Supplier<Set<Long>> pinned) {
    this.engine = engine;
    this.table = table;
    this.store = store;
    this.pinned = pinned;
  }

  @Override
  public String name() {
    return table.name().toString();
  }

  @Override
  public boolean takes(MaintenanceWork work) {
    return work.isFor(table);
  }

  /** Nobody owns an attached table here: whoever serves it builds its indexes. */
  @Override
  public boolean isDue() {
    return table.isAttached() || store.isOwned();
  }

  @Override
  public MaintenanceScope scope(BooleanSupplier stopped) {
    return new MaintenanceScope(
            table, engine.options().clock(), engine.options().failPoints(), stopped)
        .withPinned(pinned)
        .withIndexNews(new IndexNews(engine.indexes()::damaged, engine.indexes()::built));
  }

  @Override
  public void changed() {
    store.refresh();
    engine.reached("maintenance.installed");
  }
}
