package io.proximadb.spark;

import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.spark.read.ReadOptions;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * Reading and writing a collection without a catalog: {@code format("proximadb")} with the options
 * {@code warehouse} (or those of any Iceberg catalog) and {@code collection}.
 */
public final class ProximaSource implements TableProvider, DataSourceRegister {
  /** The name of the format. */
  public static final String NAME = "proximadb";

  /** Option: the collection's full name, {@code namespace.collection}. */
  public static final String COLLECTION = "collection";

  private final Clock clock = Clock.system();

  @Override
  public String shortName() {
    return NAME;
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return org.apache.spark.sql.connector.catalog.CatalogV2Util.v2ColumnsToStructType(
        load(options.asCaseSensitiveMap()).columns());
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return load(properties);
  }

  private ProximaTable load(Map<String, String> options) {
    Map<String, String> properties = new HashMap<>();
    String collection = null;
    for (Map.Entry<String, String> option : options.entrySet()) {
      if (option.getKey().equalsIgnoreCase(COLLECTION)) {
        collection = option.getValue();
      } else if (!ReadOptions.isOne(option.getKey())) {
        properties.put(option.getKey(), option.getValue());
      }
    }
    if (collection == null) {
      throw new InvalidArgumentException(
          "Invalid option '" + COLLECTION + "': none (expected namespace.collection)");
    }
    Warehouse warehouse = Warehouses.open(properties);
    CollectionName name = CollectionName.parse(collection);
    return ProximaTable.ofSource(
        () -> warehouse.load(name),
        ReadOptions.point(new CaseInsensitiveStringMap(options)),
        clock);
  }
}
