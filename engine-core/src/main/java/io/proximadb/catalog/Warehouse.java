package io.proximadb.catalog;

import io.proximadb.env.Secrets;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.TableAttachment;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
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
 * <p>Properties are those of an Iceberg catalog. With {@code warehouse} and neither {@code type}
 * nor {@code catalog-impl}, the embedded default is used: a {@code JdbcCatalog} on SQLite, whose
 * file is {@code <warehouse>/catalog.db} or what {@value #CATALOG_FILE} says, and which a warehouse
 * on an object store must say. Files go through {@link LocalFileIO} or, on an object store, through
 * Hadoop's file systems, unless {@code io-impl} names another.
 */
public final class Warehouse implements AutoCloseable {
  public static final String WAREHOUSE = CatalogProperties.WAREHOUSE_LOCATION;

  /** Path of the embedded catalog's SQLite file, on a local disk. */
  public static final String CATALOG_FILE = "proximadb.catalog-file";

  /**
   * The folder for what is derived from attached tables, such as indexes: nothing is written where
   * these are. Unless set it is {@code _proximadb/attached} in the warehouse, where that is known
   * to be a location.
   */
  public static final String ATTACHED_FILES = "proximadb.attached.files";

  /** The name under which the embedded catalog keeps its tables; other engines must use it too. */
  public static final String CATALOG_NAME = "proximadb";

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
  private final @Nullable String folder;
  private final Attachments attachments;
  private final Map<String, String> effective;

  private Warehouse(
      Map<String, String> properties,
      Map<String, String> effective,
      Catalog catalog,
      @Nullable String folder) {
    this.properties = properties;
    this.effective = effective;
    this.catalog = catalog;
    this.folder = folder;
    this.attachments =
        new Attachments(catalog, EmbeddedCatalog.attachedFiles(effective, folder != null));
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
    String folder = named ? null : EmbeddedCatalog.complete(effective);
    String location = effective.getOrDefault(WAREHOUSE, "");
    EmbeddedCatalog.checkLocation(location);
    if (EmbeddedCatalog.isHadoops(location)) {
      effective.putIfAbsent(CatalogProperties.FILE_IO_IMPL, EmbeddedCatalog.OBJECT_FILE_IO);
    }
    return new Warehouse(given, Map.copyOf(effective), build(effective), folder);
  }

  private static Catalog build(Map<String, String> properties) {
    try {
      return CatalogUtil.buildIcebergCatalog(CATALOG_NAME, properties, null);
    } catch (NoClassDefFoundError e) {
      throw EmbeddedCatalog.missing(properties, e);
    } catch (RuntimeException e) {
      if (e.getCause() instanceof NoClassDefFoundError missing) {
        throw EmbeddedCatalog.missing(properties, missing);
      }
      Secrets secrets = Secrets.of(properties);
      if (secrets.isIn(e)) {
        // Without the cause, whose message shows a password or a key.
        throw new UnavailableException(
            "Cannot open the catalog: " + secrets.hide(String.valueOf(e.getMessage())));
      }
      throw e;
    }
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
    List<String> attached = attachments.names(namespace);
    if (!attached.isEmpty()) {
      throw new InvalidArgumentException(
          "Cannot drop namespace '" + namespace + "': it has attached tables " + attached);
    }
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
   * The tables of a namespace whose names a collection may have, and the attached ones, sorted.
   *
   * @throws NotFoundException if there is no such namespace
   */
  public List<CollectionName> list(String namespace) {
    CollectionName.checkNamespace(namespace);
    try {
      Stream<String> tables =
          catalog.listTables(Namespace.of(namespace)).stream().map(TableIdentifier::name);
      return Stream.concat(tables, attachments.names(namespace).stream())
          .filter(CollectionName::isName)
          .distinct()
          .map(name -> new CollectionName(namespace, name))
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
   * @throws InvalidArgumentException if a property that states a goal makes no sense
   */
  public CollectionTable create(
      CollectionName name, CollectionSchema schema, Map<String, String> extraProperties) {
    checkNotAttached(name);
    Catalog.TableBuilder builder = builder(identifier(name), schema, extraProperties);
    makeNamespace(name.namespace());
    try {
      if (folder != null) {
        builder.withLocation(uniqueLocation(folder, name));
      }
      return new CollectionTable(name, builder.create());
    } catch (org.apache.iceberg.exceptions.AlreadyExistsException e) {
      throw new AlreadyExistsException(
          "Cannot create collection '" + name + "': it exists already", e);
    }
  }

  /** Attached tables are names of their own, which the catalog does not know. */
  void checkNotAttached(CollectionName name) {
    if (attachments.find(name).isPresent()) {
      throw new AlreadyExistsException(
          "Cannot create collection '" + name + "': an attached table has the name");
    }
  }

  /** Starts a table with the conventions of collections, after checks of schema and properties. */
  Catalog.TableBuilder builder(
      TableIdentifier identifier, CollectionSchema schema, Map<String, String> extraProperties) {
    schema.checkOptionalFields();
    Goals.of(extraProperties);
    Map<String, String> tableProperties = new HashMap<>(DEFAULT_TABLE_PROPERTIES);
    tableProperties.putAll(extraProperties);
    tableProperties.putAll(SchemaMapping.toProperties(schema));
    return catalog
        .buildTable(identifier, SchemaMapping.toIceberg(schema))
        .withPartitionSpec(PartitionSpec.unpartitioned())
        .withProperties(tableProperties);
  }

  void makeNamespace(String namespace) {
    if (!namespaceExists(namespace)) {
      try {
        createNamespace(namespace);
      } catch (AlreadyExistsException e) {
        // Another process was faster, which is just as good.
        assert namespaceExists(namespace) : e;
      }
    }
  }

  /**
   * Registers a table of another engine as a collection that is only read; the table itself is not
   * changed.
   *
   * @param name what the collection is to be called; the table's own name is fine
   * @throws AlreadyExistsException if a table or an attached one has the name
   * @throws NotFoundException if there is no such table
   * @throws InvalidArgumentException if its columns are not as the attachment says
   * @throws io.proximadb.error.UnsupportedVersionException if it has files that are not read
   */
  public CollectionTable attach(CollectionName name, TableAttachment attachment) {
    makeNamespace(name.namespace());
    return attachments.attach(name, attachment);
  }

  /**
   * Forgets an attached table, which stays as it is, and deletes what was derived from it; false if
   * there is none of that name.
   */
  public boolean detach(CollectionName name) {
    // Before, since after a crash nobody knows the folder; and after, for what came meanwhile.
    Optional<String> files = attachments.ownFolder(name);
    files.ifPresent(folder -> EmbeddedCatalog.deleteFolder(effective, folder));
    boolean detached = attachments.detach(name);
    files.ifPresent(folder -> EmbeddedCatalog.deleteFolder(effective, folder));
    return detached;
  }

  /** True if an attached table is registered as it was when this handle of it was opened. */
  public boolean isAttachedAs(CollectionTable table) {
    return attachments
        .find(table.name())
        .filter(found -> found.equals(table.attachment()))
        .isPresent();
  }

  /**
   * A folder that no other table has or had: whoever deletes the files of a dropped collection must
   * not meet those of a new one of the same name.
   */
  static String uniqueLocation(String folder, CollectionName name) {
    String suffix = uniqueSuffix();
    return folder + "/" + name.namespace() + "/" + name.collection() + "-" + suffix;
  }

  static String uniqueSuffix() {
    return UUID.randomUUID().toString().substring(0, 8);
  }

  /** Where the embedded catalog has its tables; null for other catalogs. */
  @Nullable String folder() {
    return folder;
  }

  /** True if there is a table of that name, or an attached one. */
  public boolean exists(CollectionName name) {
    return catalog.tableExists(identifier(name)) || attachments.find(name).isPresent();
  }

  /**
   * Opens a collection, or an attached table for reading.
   *
   * @throws NotFoundException if there is none of that name
   * @throws InvalidArgumentException if the table is not a collection
   */
  public CollectionTable load(CollectionName name) {
    try {
      Table table = catalog.loadTable(identifier(name));
      if (table.properties().containsKey(TableProperties.CONVENTION_VERSION)) {
        return new CollectionTable(name, table);
      }
      Optional<Attachment> attached = attachments.find(name);
      return attached.isPresent()
          ? attachments.open(attached.get())
          : new CollectionTable(name, table);
    } catch (NoSuchTableException e) {
      return attachments
          .find(name)
          .map(attachments::open)
          .orElseThrow(
              () -> new NotFoundException("Cannot open collection '" + name + "': not found", e));
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
   * @throws InvalidArgumentException if the table is not a collection, or is attached
   */
  public boolean drop(CollectionName name) {
    CollectionTable table;
    try {
      table = load(name);
    } catch (NotFoundException e) {
      return false;
    }
    table.checkWritable("drop");
    TableMetadata last = ((HasTableOperations) table.table()).operations().current();
    if (!catalog.dropTable(identifier(name), false)) {
      return false;
    }
    deleteFiles(table, last);
    return true;
  }

  /** Deletes the files of a table that no catalog names any more. */
  static void deleteFiles(CollectionTable table, TableMetadata last) {
    if (table.table().io() instanceof SupportsPrefixOperations files) {
      files.deletePrefix(table.context().location());
    } else {
      CatalogUtil.dropTableData(table.table().io(), last);
    }
  }

  static TableIdentifier identifier(CollectionName name) {
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
