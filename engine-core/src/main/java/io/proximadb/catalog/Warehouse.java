package io.proximadb.catalog;

import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.io.LocalPaths;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;

/**
 * An Iceberg catalog with ProximaDB's conventions. Safe for use by several threads and, with the
 * embedded default, by several processes at once.
 *
 * <p>Properties are those of an Iceberg catalog. With {@code warehouse} (a folder) and neither
 * {@code type} nor {@code catalog-impl}, the embedded default is used: a {@code JdbcCatalog} on
 * {@code <warehouse>/catalog.db} (SQLite) and {@link LocalFileIO}.
 */
public final class Warehouse implements AutoCloseable {
  public static final String WAREHOUSE = CatalogProperties.WAREHOUSE_LOCATION;

  /** The name under which the embedded catalog keeps its tables; other engines must use it too. */
  public static final String CATALOG_NAME = "proximadb";

  /** How long a process waits for another one's commit to let go of the catalog file. */
  private static final int BUSY_TIMEOUT_MS = 30_000;

  private static final Map<String, String> DEFAULT_TABLE_PROPERTIES =
      Map.of(
          "format-version",
          "3",
          "write.delete.mode",
          "merge-on-read",
          "write.update.mode",
          "merge-on-read",
          "write.merge.mode",
          "merge-on-read",
          "write.metadata.delete-after-commit.enabled",
          "true",
          "write.metadata.previous-versions-max",
          "100",
          TableProperties.LAYOUT,
          io.proximadb.storage.StorageFormat.DEFAULT_LAYOUT);

  private final Map<String, String> properties;
  private final Catalog catalog;
  private final @Nullable Path folder;

  private Warehouse(Map<String, String> properties, Catalog catalog, @Nullable Path folder) {
    this.properties = properties;
    this.catalog = catalog;
    this.folder = folder;
  }

  /**
   * Opens a catalog; the embedded one is made where it does not exist yet.
   *
   * @throws InvalidArgumentException if neither {@code warehouse} nor a catalog is named
   */
  public static Warehouse open(Map<String, String> properties) {
    Map<String, String> given = Map.copyOf(properties);
    Map<String, String> effective = new HashMap<>(given);
    boolean named =
        given.containsKey(CatalogUtil.ICEBERG_CATALOG_TYPE)
            || given.containsKey(CatalogProperties.CATALOG_IMPL);
    Path folder = named ? null : useEmbedded(effective);
    return new Warehouse(
        given, CatalogUtil.buildIcebergCatalog(CATALOG_NAME, effective, null), folder);
  }

  /** Completes the properties of the embedded default; returns its folder. */
  private static Path useEmbedded(Map<String, String> properties) {
    String location = properties.get(WAREHOUSE);
    if (location == null || location.isBlank()) {
      throw new InvalidArgumentException(
          "Invalid warehouse: none (expected a folder in the property '"
              + WAREHOUSE
              + "', or an Iceberg catalog in 'type' or 'catalog-impl')");
    }
    Path folder = LocalPaths.of(location).toAbsolutePath().normalize();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UnavailableException("Cannot create warehouse folder " + folder, e);
    }
    properties.put(WAREHOUSE, folder.toString());
    properties.put(CatalogProperties.CATALOG_IMPL, "org.apache.iceberg.jdbc.JdbcCatalog");
    properties.put(
        CatalogProperties.URI,
        "jdbc:sqlite:"
            + folder.resolve("catalog.db")
            + "?journal_mode=WAL&synchronous=FULL&busy_timeout="
            + BUSY_TIMEOUT_MS);
    properties.put("jdbc.schema-version", "V1");
    properties.putIfAbsent(CatalogProperties.FILE_IO_IMPL, LocalFileIO.class.getName());
    return folder;
  }

  /** What {@link #open(Map)} was called with; opens the same warehouse in another process. */
  public Map<String, String> properties() {
    return properties;
  }

  /** The Iceberg catalog itself. */
  public Catalog icebergCatalog() {
    return catalog;
  }

  private SupportsNamespaces namespaceCatalog() {
    if (catalog instanceof SupportsNamespaces supports) {
      return supports;
    }
    throw new InvalidArgumentException(
        "Unsupported catalog: " + catalog.getClass().getName() + " has no namespaces");
  }

  /** Names of the namespaces of one level, sorted. */
  public List<String> namespaces() {
    return namespaceCatalog().listNamespaces().stream()
        .filter(namespace -> namespace.length() == 1)
        .map(namespace -> namespace.level(0))
        .sorted()
        .toList();
  }

  public boolean namespaceExists(String namespace) {
    return namespaceCatalog().namespaceExists(Namespace.of(namespace));
  }

  /**
   * Makes a namespace.
   *
   * @throws AlreadyExistsException if it exists
   * @throws InvalidArgumentException if the name breaks the rule for names
   */
  public void createNamespace(String namespace) {
    CollectionName.checkNamespace(namespace);
    try {
      namespaceCatalog().createNamespace(Namespace.of(namespace), Map.of());
    } catch (org.apache.iceberg.exceptions.AlreadyExistsException e) {
      throw new AlreadyExistsException(
          "Cannot create namespace '" + namespace + "': it exists already", e);
    }
  }

  /**
   * Drops an empty namespace; false if there is none of that name.
   *
   * @throws InvalidArgumentException if it is not empty
   */
  public boolean dropNamespace(String namespace) {
    try {
      return namespaceCatalog().dropNamespace(Namespace.of(namespace));
    } catch (NamespaceNotEmptyException e) {
      throw new InvalidArgumentException(
          "Cannot drop namespace '" + namespace + "': it is not empty", e);
    } catch (NoSuchNamespaceException e) {
      return false;
    }
  }

  /**
   * The tables of a namespace whose names a collection may have, sorted.
   *
   * @throws NotFoundException if there is no such namespace
   */
  public List<CollectionName> list(String namespace) {
    CollectionName.checkNamespace(namespace);
    try {
      return catalog.listTables(Namespace.of(namespace)).stream()
          .map(id -> new CollectionName(namespace, id.name()))
          .sorted(java.util.Comparator.comparing(CollectionName::collection))
          .toList();
    } catch (NoSuchNamespaceException e) {
      throw new NotFoundException("Cannot list namespace '" + namespace + "': not found", e);
    }
  }

  /**
   * Makes a collection, and its namespace where it is missing.
   *
   * @param extraProperties table properties beside those that the schema gives
   * @throws AlreadyExistsException if it exists
   */
  public CollectionTable create(
      CollectionName name, CollectionSchema schema, Map<String, String> extraProperties) {
    schema.checkOptionalFields();
    Map<String, String> tableProperties = new HashMap<>(DEFAULT_TABLE_PROPERTIES);
    tableProperties.putAll(extraProperties);
    tableProperties.putAll(SchemaMapping.toProperties(schema));
    if (!namespaceExists(name.namespace())) {
      try {
        createNamespace(name.namespace());
      } catch (AlreadyExistsException e) {
        // Another process was faster, which is just as good.
        assert namespaceExists(name.namespace()) : e;
      }
    }
    try {
      Catalog.TableBuilder builder =
          catalog
              .buildTable(identifier(name), SchemaMapping.toIceberg(schema))
              .withPartitionSpec(PartitionSpec.unpartitioned())
              .withProperties(tableProperties);
      if (folder != null) {
        builder.withLocation(uniqueLocation(folder, name));
      }
      return new CollectionTable(name, builder.create());
    } catch (org.apache.iceberg.exceptions.AlreadyExistsException e) {
      throw new AlreadyExistsException(
          "Cannot create collection '" + name + "': it exists already", e);
    }
  }

  /**
   * A folder that no other table has or had: whoever deletes the files of a dropped collection must
   * not meet those of a new one of the same name.
   */
  private static String uniqueLocation(Path folder, CollectionName name) {
    String suffix = UUID.randomUUID().toString().substring(0, 8);
    return folder.resolve(name.namespace()).resolve(name.collection() + "-" + suffix).toString();
  }

  /** True if there is a table of that name. */
  public boolean exists(CollectionName name) {
    return catalog.tableExists(identifier(name));
  }

  /**
   * Opens a collection.
   *
   * @throws NotFoundException if there is none of that name
   * @throws InvalidArgumentException if the table is not a collection
   */
  public CollectionTable load(CollectionName name) {
    try {
      return new CollectionTable(name, catalog.loadTable(identifier(name)));
    } catch (NoSuchTableException e) {
      throw new NotFoundException("Cannot open collection '" + name + "': not found", e);
    }
  }

  /**
   * The UUID of a collection's table, also of one that {@link #load} refuses for its schema or its
   * version; empty if there is none of that name, or the table is no collection.
   */
  public Optional<UUID> uuid(CollectionName name) {
    try {
      Table table = catalog.loadTable(identifier(name));
      return table.properties().containsKey(TableProperties.CONVENTION_VERSION)
          ? Optional.of(table.uuid())
          : Optional.empty();
    } catch (NoSuchTableException e) {
      return Optional.empty();
    }
  }

  /**
   * Drops a collection with all its files; false if there is none of that name.
   *
   * @throws InvalidArgumentException if the table is not a collection
   */
  public boolean drop(CollectionName name) {
    CollectionTable table;
    try {
      table = load(name);
    } catch (NotFoundException e) {
      return false;
    }
    TableMetadata last = ((HasTableOperations) table.table()).operations().current();
    if (!catalog.dropTable(identifier(name), false)) {
      return false;
    }
    if (table.table().io() instanceof SupportsPrefixOperations files) {
      files.deletePrefix(table.context().location());
    } else {
      CatalogUtil.dropTableData(table.table().io(), last);
    }
    return true;
  }

  private static TableIdentifier identifier(CollectionName name) {
    return TableIdentifier.of(name.namespace(), name.collection());
  }

  @Override
  public void close() {
    if (catalog instanceof Closeable closeable) {
      try {
        closeable.close();
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot close the catalog", e);
      }
    }
  }
}
