package io.proximadb.maintenance;

import java.util.function.BooleanSupplier;

/** A table that is maintained in the background. */
public interface MaintenanceTarget {
  /** Its name, for logs. */
  String name();

  /** True if works of that kind are done for it at all. */
  boolean takes(MaintenanceWork work);

  /** True if it is to be maintained from here now. */
  boolean isDue();

  /** What works get; the same table handle for all steps, which come one after the other. */
  MaintenanceScope scope(BooleanSupplier stopped);

  /** Called after a step that changed the table. */
  void changed();
}
