package io.proximadb.spark;

import io.proximadb.catalog.TableProperties;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.model.Goals;
import io.proximadb.spark.read.SearchSettings;
import io.proximadb.storage.StorageFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.connector.catalog.TableCatalog;

/**
 * The properties of a collection that {@code ALTER TABLE ... SET TBLPROPERTIES} and {@code UNSET}
 * change: layout, goals, settings of searches and maintenance, and those that mean nothing to
 * ProximaDB.
 */
final class AlterableProperties {
  private static final String MODE = SearchSettings.TABLE_PREFIX + SearchSettings.MODE;
  private static final String RECALL = SearchSettings.TABLE_PREFIX + SearchSettings.RECALL;

  private static final Set<String> MAINTENANCE =
      Set.of(
          MaintenanceSettings.DEFAULT_TTL,
          MaintenanceSettings.SWEEP_INTERVAL,
          MaintenanceSettings.SNAPSHOT_MIN_AGE,
          MaintenanceSettings.EXPIRY_INTERVAL,
          MaintenanceSettings.ORPHAN_MIN_AGE,
          MaintenanceSettings.STAGING_MIN_AGE,
          MaintenanceSettings.ORPHAN_INTERVAL,
          MaintenanceSettings.MANIFEST_MIN_COUNT,
          MaintenanceSettings.INDEX_BUILD_BYTES,
          MaintenanceSettings.INDEX_THREADS);

  /**
   * What says how a table is to be read, and where it is: changed by no property of a statement.
   */
  private static final Set<String> RESERVED =
      Set.of(
          org.apache.iceberg.TableProperties.FORMAT_VERSION,
          TableCatalog.PROP_PROVIDER,
          TableCatalog.PROP_LOCATION,
          TableCatalog.PROP_EXTERNAL,
          TableCatalog.PROP_OWNER);

  private AlterableProperties() {}

  /** The names of those that mean something to ProximaDB. */
  static List<String> names() {
    Set<String> names = new TreeSet<>(MAINTENANCE);
    names.addAll(Goals.PROPERTIES);
    names.addAll(List.of(StorageFormat.LAYOUT_PROPERTY, IndexDefinitions.MIN_ROWS, MODE, RECALL));
    return new ArrayList<>(names);
  }

  /**
   * The value to store.
   *
   * @throws InvalidArgumentException if the value is not one of the property's
   * @throws UnsupportedOperationException if the property cannot be changed here
   */
  static String checked(String collection, String property, String value) {
    checkAlterable(collection, property);
    switch (property) {
      case StorageFormat.LAYOUT_PROPERTY -> {
        return StorageFormat.named(value).name();
      }
      case MODE -> SearchSettings.checkMode(value);
      case RECALL -> SearchSettings.parseRecall(value);
      case IndexDefinitions.MIN_ROWS -> checkCount(property, value);
      default -> {
        // Together with the others, once all are known.
      }
    }
    return value;
  }

  private static void checkCount(String property, String value) {
    if (!value.strip().matches("[1-9][0-9]{0,17}")) {
      throw new InvalidArgumentException(
          "Invalid " + property + ": '" + value + "' (expected a whole number of at least 1)");
    }
  }

  /**
   * Refuses properties that are not changed by statements.
   *
   * @throws UnsupportedOperationException if it is one of them
   */
  static void checkAlterable(String collection, String property) {
    String lower = property.toLowerCase(Locale.ROOT);
    boolean own = lower.startsWith(TableProperties.PREFIX);
    if (RESERVED.contains(lower) || (own && !names().contains(property))) {
      throw ProximaCatalog.unsupported(
          "change property '" + property + "' of collection '" + collection + "'");
    }
  }

  /**
   * Checks what properties say together.
   *
   * @throws InvalidArgumentException if a goal or a setting makes no sense
   */
  static void checkTogether(Map<String, String> properties) {
    Goals.of(properties);
    // Only of those that can be set here: others are checked by who reads them.
    Map<String, String> settings = new HashMap<>(properties);
    settings.keySet().retainAll(MAINTENANCE);
    MaintenanceSettings.of(settings);
  }
}
