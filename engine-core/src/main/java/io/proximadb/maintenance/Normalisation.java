package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import java.util.OptionalLong;

/**
 * Deletes, by deletion vectors, what other engines replaced without deleting it or deleted by
 * equality, and takes their equality deletes out of the table. Reads show the right rows before;
 * after it they need not look for them, and other engines see what ours see. Each commit of ours
 * with rows does the same by the way.
 */
public final class Normalisation implements MaintenanceWork {
  @Override
  public Kind kind() {
    return Kind.NORMALISE;
  }

  @Override
  public MaintenanceResult run(MaintenanceScope scope) {
    CollectionTable table = scope.table();
    table.refresh();
    OptionalLong rows = table.unsettledRows();
    if (rows.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    scope.failPoints().reached("normalise.found");
    RowLevelCommit.on(table).settle().commit();
    return new MaintenanceResult(
        true,
        false,
        0,
        0,
        0,
        0,
        "deleted "
            + rows.getAsLong()
            + " rows that other engines replaced, or deleted by equality");
  }
}
