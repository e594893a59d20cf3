package io.proximadb.testkit;

import io.proximadb.api.EngineOptions;
import io.proximadb.maintenance.MaintenanceOptions;
import java.nio.file.Path;

/** Options of engines that tests want. */
public final class Engines {
  private Engines() {}

  /** Without background maintenance: files change only when the test says so. */
  public static EngineOptions quiet(Path warehouse) {
    return EngineOptions.local(warehouse).withCatalogProperty(MaintenanceOptions.THREADS, "0");
  }
}
