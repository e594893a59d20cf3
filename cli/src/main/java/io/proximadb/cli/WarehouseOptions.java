package io.proximadb.cli;

import io.proximadb.catalog.Warehouse;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where the collections are that a command is about. */
final class WarehouseOptions {
  @Option(
      names = "--warehouse",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the warehouse, or its URI.")
  private String warehouse = "";

  @Option(
      names = "--catalog-property",
      paramLabel = "KEY=VALUE",
      description = "Property of the Iceberg catalog; may stand several times.")
  private Map<String, String> catalog = new LinkedHashMap<>();

  /** The properties of the catalog. */
  Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>(catalog);
    properties.put(Warehouse.WAREHOUSE, warehouse);
    return properties;
  }
}
