package io.proximadb.spark;

import io.proximadb.catalog.Warehouse;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The warehouses that this JVM's sessions use, one for each set of properties. Spark never tells a
 * catalog to close, so they stay open; there are as many as there are configurations.
 */
final class Warehouses {
  private static final Map<Map<String, String>, Warehouse> OPEN = new ConcurrentHashMap<>();

  private Warehouses() {}

  /**
   * The warehouse of these properties.
   *
   * @throws io.proximadb.error.InvalidArgumentException if they name none
   */
  static Warehouse open(Map<String, String> properties) {
    return OPEN.computeIfAbsent(Map.copyOf(properties), Warehouse::open);
  }
}
