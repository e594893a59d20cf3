package io.proximadb.maintenance;

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
    OptionalLong rows = look(scope);
    if (rows.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    scope.failPoints().reached("normalise.found");
    RowLevelCommit.on(scope.table()).settle().commit();
    return result("deleted", rows.getAsLong());
  }

  @Override
  public MaintenanceResult plan(MaintenanceScope scope) {
    OptionalLong rows = look(scope);
    return rows.isEmpty() ? MaintenanceResult.NOTHING : result("would delete", rows.getAsLong());
  }

  private static OptionalLong look(MaintenanceScope scope) {
    scope.table().refresh();
    return scope.table().unsettledRows();
  }

  private static MaintenanceResult result(String verb, long rows) {
    return new MaintenanceResult(
        true,
        false,
        0,
        0,
        0,
        0,
        verb + " " + rows + " rows that other engines replaced, or deleted by equality");
  }
}
