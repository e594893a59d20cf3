package io.proximadb.flink.table;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.flink.source.FlinkTypes;
import io.proximadb.model.CollectionName;
import io.proximadb.model.SystemColumns;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogDatabase;
import org.apache.flink.table.catalog.CatalogDatabaseImpl;
import org.apache.flink.table.catalog.CatalogTable;
import org.apache.flink.table.catalog.ObjectPath;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.catalog.exceptions.CatalogException;
import org.apache.flink.table.catalog.exceptions.DatabaseAlreadyExistException;
import org.apache.flink.table.catalog.exceptions.DatabaseNotEmptyException;
import org.apache.flink.table.catalog.exceptions.DatabaseNotExistException;
import org.apache.flink.table.catalog.exceptions.TableAlreadyExistException;
import org.apache.flink.table.catalog.exceptions.TableNotExistException;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.TypeConversions;
import org.jspecify.annotations.Nullable;

/**
 * A warehouse as a Flink catalog: its namespaces are the databases, its collections the tables.
 *
 * <pre>{@code
 * CREATE CATALOG prox WITH ('type' = 'proximadb', 'warehouse' = '/data/warehouse');
 * }</pre>
 */
public final class ProximaFlinkCatalog extends UnpartitionedCatalog {
  private final Map<String, String> properties;
  private @Nullable Warehouse warehouse;

  ProximaFlinkCatalog(String name, String defaultDatabase, Map<String, String> properties) {
    super(name, defaultDatabase);
    this.properties = Map.copyOf(properties);
  }

  @Override
  public void open() {
    try {
      warehouse = Warehouse.open(properties);
    } catch (ProximaException e) {
      throw new CatalogException("Cannot open catalog " + getName() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    if (warehouse != null) {
      warehouse.close();
      warehouse = null;
    }
  }

  private Warehouse warehouse() {
    if (warehouse == null) {
      throw new CatalogException("Catalog " + getName() + " is not open");
    }
    return warehouse;
  }

  @Override
  public List<String> listDatabases() {
    return warehouse().namespaces();
  }

  /** The default database is there before its first table is. */
  @Override
  public boolean databaseExists(String database) {
    return database.equals(getDefaultDatabase()) || warehouse().namespaceExists(database);
  }

  @Override
  public CatalogDatabase getDatabase(String database) throws DatabaseNotExistException {
    if (!databaseExists(database)) {
      throw new DatabaseNotExistException(getName(), database);
    }
    return new CatalogDatabaseImpl(Map.of(), null);
  }

  @Override
  public void createDatabase(String name, CatalogDatabase database, boolean ignoreIfExists)
      throws DatabaseAlreadyExistException {
    if (!database.getProperties().isEmpty()) {
      throw new CatalogException(
          "Unsupported properties of database "
              + name
              + ": "
              + database.getProperties()
              + " (expected none)");
    }
    try {
      warehouse().createNamespace(name);
    } catch (AlreadyExistsException e) {
      if (!ignoreIfExists) {
        throw new DatabaseAlreadyExistException(getName(), name, e);
      }
    }
  }

  @Override
  public void dropDatabase(String database, boolean ignoreIfNotExists, boolean cascade)
      throws DatabaseNotExistException, DatabaseNotEmptyException {
    if (!warehouse().namespaceExists(database)) {
      if (!ignoreIfNotExists) {
        throw new DatabaseNotExistException(getName(), database);
      }
      return;
    }
    List<CollectionName> collections = warehouse().list(database);
    if (!collections.isEmpty() && !cascade) {
      throw new DatabaseNotEmptyException(getName(), database);
    }
    collections.forEach(warehouse()::drop);
    warehouse().dropNamespace(database);
  }

  @Override
  public List<String> listTables(String database) throws DatabaseNotExistException {
    if (!databaseExists(database)) {
      throw new DatabaseNotExistException(getName(), database);
    }
    return warehouse().namespaceExists(database)
        ? warehouse().list(database).stream().map(CollectionName::collection).toList()
        : List.of();
  }

  private static CollectionName name(ObjectPath path) {
    return CollectionName.parse(path.getDatabaseName() + "." + path.getObjectName());
  }

  @Override
  public boolean tableExists(ObjectPath path) {
    return warehouse().exists(name(path));
  }

  @Override
  public CatalogBaseTable getTable(ObjectPath path) throws TableNotExistException {
    CollectionTable table;
    try {
      table = warehouse().load(name(path));
    } catch (NotFoundException e) {
      throw new TableNotExistException(getName(), path, e);
    }
    Schema.Builder schema = Schema.newBuilder();
    for (RowType.RowField field : FlinkTypes.rowType(table.schema()).getFields()) {
      schema.column(field.getName(), TypeConversions.fromLogicalToDataType(field.getType()));
    }
    schema.primaryKey(SystemColumns.ID);
    Map<String, String> options = new LinkedHashMap<>();
    options.put(FactoryUtil.CONNECTOR.key(), ProximaDynamicTableFactory.IDENTIFIER);
    options.put(ProximaConnectorOptions.COLLECTION.key(), name(path).toString());
    properties.forEach(
        (key, value) ->
            options.put(
                key.equals(Warehouse.WAREHOUSE)
                    ? ProximaConnectorOptions.WAREHOUSE.key()
                    : ProximaConnectorOptions.CATALOG_PREFIX + key,
                value));
    return CatalogTable.newBuilder().schema(schema.build()).options(options).build();
  }

  @Override
  public void createTable(ObjectPath path, CatalogBaseTable table, boolean ignoreIfExists)
      throws TableAlreadyExistException, DatabaseNotExistException {
    if (!(table instanceof ResolvedCatalogTable resolved)) {
      throw new CatalogException(
          "Cannot create " + path + " in catalog " + getName() + ": only tables can be created");
    }
    if (!databaseExists(path.getDatabaseName())) {
      throw new DatabaseNotExistException(getName(), path.getDatabaseName());
    }
    CollectionDefinition definition = CollectionDefinition.of(resolved);
    try {
      warehouse().create(name(path), definition.schema(), definition.properties());
    } catch (AlreadyExistsException e) {
      if (!ignoreIfExists) {
        throw new TableAlreadyExistException(getName(), path, e);
      }
    }
  }

  /** Drops a collection with its files. */
  @Override
  public void dropTable(ObjectPath path, boolean ignoreIfNotExists) throws TableNotExistException {
    if (!warehouse().drop(name(path)) && !ignoreIfNotExists) {
      throw new TableNotExistException(getName(), path);
    }
  }

  @Override
  public void renameTable(ObjectPath path, String name, boolean ignoreIfNotExists) {
    throw new UnsupportedOperationException(
        "Unsupported in Flink: renaming a collection (Spark's ALTER TABLE ... RENAME does)");
  }

  @Override
  public void alterTable(ObjectPath path, CatalogBaseTable table, boolean ignoreIfNotExists) {
    throw new UnsupportedOperationException(
        "Unsupported in Flink: altering a collection (Spark's ALTER TABLE and the engine do)");
  }
}
