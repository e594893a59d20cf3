package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceTarget;
import java.util.function.BooleanSupplier;

/** A collection of a running engine as maintenance sees it: while the engine owns it. */
final class CollectionMaintenance implements MaintenanceTarget {
  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;

  /**
   * Made for one collection.
   *
   * @param table a handle that nobody else uses
   */
  CollectionMaintenance(Surroundings engine, CollectionTable table, CollectionStore store) {
    this.engine = engine;
    this.table = table;
    this.store = store;
  }

  @Override
  public String name() {
    return table.name().toString();
  }

  @Override
  public boolean isDue() {
    return store.isOwned();
  }

  @Override
  public MaintenanceScope scope(BooleanSupplier stopped) {
    return new MaintenanceScope(
        table, engine.options().clock(), engine.options().failPoints(), stopped);
  }

  @Override
  public void changed() {
    store.refresh();
    engine.reached("maintenance.installed");
  }
}
