package io.proximadb.core;

import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceWork;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Decides about indexes of the collections of a running engine, and takes migrations further. Part
 * of the background alone: who asks for maintenance now wants what was decided to be built.
 */
final class AxisWork implements MaintenanceWork {
  private final Map<UUID, AxisDriver> drivers = new ConcurrentHashMap<>();

  void add(UUID table, AxisDriver driver) {
    drivers.put(table, driver);
  }

  void remove(UUID table) {
    drivers.remove(table);
  }

  @Override
  public Kind kind() {
    return Kind.AXIS;
  }

  /** A look at a collection without goals takes some microseconds. */
  @Override
  public Duration interval() {
    return Duration.ofSeconds(2);
  }

  @Override
  public MaintenanceResult run(MaintenanceScope scope) {
    AxisDriver driver = drivers.get(scope.table().uuid());
    if (driver == null || scope.atOnce()) {
      return MaintenanceResult.NOTHING;
    }
    Optional<String> done = driver.background();
    return done.map(what -> new MaintenanceResult(true, false, 0, 0, 0, 0, what))
        .orElse(MaintenanceResult.NOTHING);
  }
}
