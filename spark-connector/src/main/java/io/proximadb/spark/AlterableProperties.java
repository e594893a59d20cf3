package io.proximadb.spark;

import io.proximadb.spark.read.SearchSettings;
import io.proximadb.storage.StorageFormat;
import java.util.List;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.TableChange;

/** The properties of a collection that {@code ALTER TABLE ... SET TBLPROPERTIES} changes. */
final class AlterableProperties {
  private static final String MODE = SearchSettings.TABLE_PREFIX + SearchSettings.MODE;
  private static final String RECALL = SearchSettings.TABLE_PREFIX + SearchSettings.RECALL;

  private AlterableProperties() {}

  /** Their names. */
  static List<String> names() {
    return List.of(StorageFormat.LAYOUT_PROPERTY, MODE, RECALL);
  }

  /**
   * The value to store.
   *
   * @throws io.proximadb.error.InvalidArgumentException if the value is not one of the property's
   * @throws UnsupportedOperationException if the property cannot be changed here
   */
  static String checked(Identifier table, TableChange.SetProperty change) {
    switch (change.property()) {
      case StorageFormat.LAYOUT_PROPERTY -> {
        return StorageFormat.named(change.value()).name();
      }
      case MODE -> SearchSettings.checkMode(change.value());
      case RECALL -> SearchSettings.parseRecall(change.value());
      default ->
          throw ProximaCatalog.unsupported(
              "set property '" + change.property() + "' of collection '" + table + "'");
    }
    return change.value();
  }
}
