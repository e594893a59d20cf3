package io.proximadb.spark;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.StagedCollection;
import io.proximadb.catalog.Warehouse;
import io.proximadb.core.CollectionRename;
import io.proximadb.env.Clock;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.functions.VectorFunctions;
import io.proximadb.model.CollectionName;
import io.proximadb.query.ReadPoint;
import io.proximadb.spark.changes.ProximaChangelog;
import io.proximadb.spark.functions.SparkVectorFunctions;
import io.proximadb.spark.procedures.Procedures;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.analysis.NamespaceAlreadyExistsException;
import org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.catalyst.analysis.NonEmptyNamespaceException;
import org.apache.spark.sql.catalyst.analysis.TableAlreadyExistsException;
import org.apache.spark.sql.connector.catalog.Changelog;
import org.apache.spark.sql.connector.catalog.ChangelogContext;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.NamespaceChange;
import org.apache.spark.sql.connector.catalog.ProcedureCatalog;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.StagingTableCatalog;
import org.apache.spark.sql.connector.catalog.SupportsNamespaces;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.catalog.TableInfo;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.connector.catalog.procedures.UnboundProcedure;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * A warehouse as a Spark catalog.
 *
 * <pre>{@code
 * spark.sql.catalog.prox = io.proximadb.spark.ProximaCatalog
 * spark.sql.catalog.prox.warehouse = /path/to/warehouse
 * }</pre>
 *
 * <p>All options are those of {@link Warehouse#open}. A namespace has one level; a table without
 * one stands in {@value CollectionName#DEFAULT_NAMESPACE}. The vector functions are found in every
 * namespace and in none: {@code prox.vector_l2_distance(a, b)}.
 */
public final class ProximaCatalog
    implements StagingTableCatalog, SupportsNamespaces, FunctionCatalog, ProcedureCatalog {
  private final Clock clock = Clock.system();
  private String name = "";
  private @Nullable Warehouse warehouse;

  @Override
  public void initialize(String catalogName, CaseInsensitiveStringMap options) {
    name = catalogName;
    warehouse = Warehouses.open(options.asCaseSensitiveMap());
  }

  @Override
  public String name() {
    return name;
  }

  private Warehouse warehouse() {
    if (warehouse == null) {
      throw new IllegalStateException("Catalog '" + name + "' is not initialized");
    }
    return warehouse;
  }

  @Override
  public String[] defaultNamespace() {
    return new String[] {CollectionName.DEFAULT_NAMESPACE};
  }

  @Override
  public Identifier[] listTables(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length > 1) {
      throw new NoSuchNamespaceException(namespace);
    }
    boolean isDefault = namespace.length == 0;
    String level = isDefault ? CollectionName.DEFAULT_NAMESPACE : namespace[0];
    if (isDefault && !warehouse().namespaceExists(level)) {
      return new Identifier[0];
    }
    try {
      return warehouse().list(level).stream()
          .map(table -> Identifier.of(new String[] {level}, table.collection()))
          .toArray(Identifier[]::new);
    } catch (NotFoundException e) {
      throw withCause(new NoSuchNamespaceException(namespace), e);
    }
  }

  @Override
  public Table loadTable(Identifier identifier) throws NoSuchTableException {
    if (identifier.namespace().length > 1) {
      throw new NoSuchTableException(identifier);
    }
    try {
      return ofCatalog(collectionName(identifier));
    } catch (NotFoundException e) {
      throw withCause(new NoSuchTableException(identifier), e);
    }
  }

  /** {@code VERSION AS OF}: the id of a snapshot, or a tag. */
  @Override
  public Table loadTable(Identifier identifier, String version) throws NoSuchTableException {
    return loadTable(identifier, table -> ReadPoint.version(table, version));
  }

  /** {@code TIMESTAMP AS OF}, microseconds since 1970. */
  @Override
  public Table loadTable(Identifier identifier, long timestamp) throws NoSuchTableException {
    return loadTable(identifier, table -> ReadPoint.asOf(table, timestamp));
  }

  private Table loadTable(Identifier identifier, Function<CollectionTable, ReadPoint> at)
      throws NoSuchTableException {
    return ProximaTable.ofCatalog(existing(identifier), () -> collection(identifier), at, clock);
  }

  /** What the commits of a range changed: {@code t CHANGES FROM VERSION a TO VERSION b}. */
  @Override
  public Changelog loadChangelog(
      Identifier identifier, ChangelogContext context, CaseInsensitiveStringMap options)
      throws NoSuchTableException {
    return new ProximaChangelog(
        existing(identifier), () -> collection(identifier), context.range());
  }

  private CollectionTable existing(Identifier identifier) throws NoSuchTableException {
    if (identifier.namespace().length > 1) {
      throw new NoSuchTableException(identifier);
    }
    try {
      return collection(identifier);
    } catch (NotFoundException e) {
      throw withCause(new NoSuchTableException(identifier), e);
    }
  }

  private Table ofCatalog(CollectionName collection) {
    Warehouse opened = warehouse();
    return ProximaTable.ofCatalog(() -> opened.load(collection), clock);
  }

  @Override
  public Table createTable(Identifier identifier, TableInfo info)
      throws TableAlreadyExistsException {
    CollectionName collection = collectionName(identifier);
    CollectionDefinition definition =
        CollectionDefinition.of(info.columns(), info.partitions(), info.properties());
    try {
      warehouse().create(collection, definition.schema(), definition.properties());
      return ofCatalog(collection);
    } catch (AlreadyExistsException e) {
      throw withCause(new TableAlreadyExistsException(identifier), e);
    }
  }

  /**
   * Opens a collection.
   *
   * @throws NotFoundException if there is none of that name
   */
  CollectionTable collection(Identifier identifier) {
    return warehouse().load(collectionName(identifier));
  }

  @Override
  public StagedTable stageCreate(Identifier identifier, TableInfo info)
      throws TableAlreadyExistsException {
    try {
      return stage(identifier, info, StagedCollection.Existing.REFUSE);
    } catch (AlreadyExistsException e) {
      throw withCause(new TableAlreadyExistsException(identifier), e);
    }
  }

  @Override
  public StagedTable stageReplace(Identifier identifier, TableInfo info)
      throws NoSuchTableException {
    try {
      return stage(identifier, info, StagedCollection.Existing.REPLACE);
    } catch (NotFoundException e) {
      throw withCause(new NoSuchTableException(identifier), e);
    }
  }

  @Override
  public StagedTable stageCreateOrReplace(Identifier identifier, TableInfo info) {
    return stage(identifier, info, StagedCollection.Existing.REPLACE_IF_THERE);
  }

  private StagedTable stage(
      Identifier identifier, TableInfo info, StagedCollection.Existing existing) {
    CollectionDefinition definition =
        CollectionDefinition.of(info.columns(), info.partitions(), info.properties());
    return new StagedProximaTable(
        StagedCollection.stage(
            warehouse(),
            collectionName(identifier),
            definition.schema(),
            definition.properties(),
            existing),
        clock);
  }

  /**
   * Changes columns and properties in one commit. Files are not rewritten; those that a change of
   * the layout concerns are by maintenance.
   */
  @Override
  public Table alterTable(Identifier identifier, TableChange... changes)
      throws NoSuchTableException {
    try {
      CollectionTable table = collection(identifier);
      table.checkWritable("alter");
      TableAlteration.make(table, changes);
      return ofCatalog(table.name());
    } catch (NotFoundException e) {
      throw withCause(new NoSuchTableException(identifier), e);
    }
  }

  /** Drops a collection with its files. */
  @Override
  public boolean dropTable(Identifier identifier) {
    return identifier.namespace().length <= 1 && warehouse().drop(collectionName(identifier));
  }

  /** The same as {@link #dropTable}: nothing is kept that could be purged. */
  @Override
  public boolean purgeTable(Identifier identifier) {
    return dropTable(identifier);
  }

  /** A new name without a namespace means the one that the collection is in. */
  @Override
  public void renameTable(Identifier from, Identifier to)
      throws NoSuchTableException, TableAlreadyExistsException {
    String[] target = to.namespace();
    if (target.length == 2 && target[0].equals(name)) {
      target = new String[] {target[1]};
    } else if (target.length == 0) {
      target = from.namespace();
    }
    try {
      CollectionRename.rename(
          warehouse(),
          collectionName(from),
          collectionName(Identifier.of(target, to.name())),
          clock);
    } catch (NotFoundException e) {
      throw withCause(new NoSuchTableException(from), e);
    } catch (AlreadyExistsException e) {
      throw withCause(new TableAlreadyExistsException(to), e);
    }
  }

  @Override
  public String[][] listNamespaces() {
    return warehouse().namespaces().stream()
        .map(namespace -> new String[] {namespace})
        .toArray(String[][]::new);
  }

  @Override
  public String[][] listNamespaces(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length == 0) {
      return listNamespaces();
    }
    checkExists(namespace);
    return new String[0][];
  }

  @Override
  public boolean namespaceExists(String[] namespace) {
    return namespace.length == 1 && warehouse().namespaceExists(namespace[0]);
  }

  private void checkExists(String[] namespace) throws NoSuchNamespaceException {
    if (!namespaceExists(namespace)) {
      throw new NoSuchNamespaceException(namespace);
    }
  }

  @Override
  public Map<String, String> loadNamespaceMetadata(String[] namespace)
      throws NoSuchNamespaceException {
    checkExists(namespace);
    return Map.of();
  }

  @Override
  public void createNamespace(String[] namespace, Map<String, String> metadata)
      throws NamespaceAlreadyExistsException {
    if (namespace.length != 1) {
      throw new InvalidArgumentException(
          "Invalid namespace: '" + String.join(".", namespace) + "' (expected one level)");
    }
    // Spark adds the owner by itself; what a user set must not vanish without a word.
    if (!Set.of(SupportsNamespaces.PROP_OWNER).containsAll(metadata.keySet())) {
      throw new InvalidArgumentException(
          "Unsupported properties of namespace '"
              + namespace[0]
              + "': "
              + metadata.keySet()
              + " (expected none)");
    }
    try {
      warehouse().createNamespace(namespace[0]);
    } catch (AlreadyExistsException e) {
      throw withCause(new NamespaceAlreadyExistsException(namespace), e);
    }
  }

  @Override
  public void alterNamespace(String[] namespace, NamespaceChange... changes) {
    throw unsupported("alter namespace '" + String.join(".", namespace) + "'");
  }

  @Override
  public boolean dropNamespace(String[] namespace, boolean cascade)
      throws NoSuchNamespaceException, NonEmptyNamespaceException {
    checkExists(namespace);
    for (CollectionName collection : warehouse().list(namespace[0])) {
      if (!cascade) {
        throw new NonEmptyNamespaceException(namespace);
      }
      warehouse().drop(collection);
    }
    return warehouse().dropNamespace(namespace[0]);
  }

  @Override
  public Identifier[] listFunctions(String[] namespace) throws NoSuchNamespaceException {
    if (namespace.length > 0) {
      checkExists(namespace);
    }
    return VectorFunctions.all().stream()
        .map(function -> Identifier.of(namespace, function.name()))
        .toArray(Identifier[]::new);
  }

  @Override
  public UnboundFunction loadFunction(Identifier identifier) throws NoSuchFunctionException {
    return SparkVectorFunctions.find(identifier.name())
        .orElseThrow(() -> new NoSuchFunctionException(identifier));
  }

  @Override
  public UnboundProcedure loadProcedure(Identifier identifier) {
    String[] namespace = identifier.namespace();
    return (namespace.length == 1 && namespace[0].equalsIgnoreCase(Procedures.NAMESPACE)
            ? Procedures.find(identifier.name(), name, warehouse(), clock)
            : Optional.<UnboundProcedure>empty())
        .orElseThrow(
            () ->
                new InvalidArgumentException(
                    "Cannot find procedure '"
                        + identifier
                        + "' (expected "
                        + Procedures.NAMESPACE
                        + ". and one of "
                        + Procedures.of(name, warehouse(), clock).stream()
                            .map(UnboundProcedure::name)
                            .toList()
                        + ")"));
  }

  @Override
  public Identifier[] listProcedures(String[] namespace) {
    boolean here =
        namespace.length == 0
            || (namespace.length == 1 && namespace[0].equalsIgnoreCase(Procedures.NAMESPACE));
    return here
        ? Procedures.of(name, warehouse(), clock).stream()
            .map(procedure -> Identifier.of(new String[] {Procedures.NAMESPACE}, procedure.name()))
            .toArray(Identifier[]::new)
        : new Identifier[0];
  }

  private static CollectionName collectionName(Identifier identifier) {
    String[] namespace = identifier.namespace();
    if (namespace.length > 1) {
      throw new InvalidArgumentException(
          "Invalid namespace: '"
              + String.join(".", namespace)
              + "' (expected one level before '"
              + identifier.name()
              + "')");
    }
    return new CollectionName(
        namespace.length == 0 ? CollectionName.DEFAULT_NAMESPACE : namespace[0], identifier.name());
  }

  private static <E extends Exception> E withCause(E exception, Exception cause) {
    exception.addSuppressed(cause);
    return exception;
  }

  static UnsupportedOperationException unsupported(String what) {
    return new UnsupportedOperationException(
        "Cannot "
            + what
            + ": not supported (supported: ADD, DROP and RENAME of metadata columns, ALTER COLUMN"
            + " from INT to BIGINT and FLOAT to DOUBLE and its COMMENT, and TBLPROPERTIES "
            + AlterableProperties.names()
            + " and such as do not begin with proximadb.)");
  }
}
