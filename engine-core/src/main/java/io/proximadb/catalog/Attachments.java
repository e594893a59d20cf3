package io.proximadb.catalog;

import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.TableAttachment;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * The attached tables of a catalog: each is a property of the namespace that it is served in, so
 * that every engine on the catalog sees it, and nothing is written to the table.
 */
final class Attachments {
  private static final String PREFIX = "proximadb.attached.";

  /** Begins the properties with definitions of indexes: the served name and the index's follow. */
  private static final String INDEX_PREFIX = "proximadb.attached-index.";

  /** Catalogs on SQL databases have that much room for the value of a property. */
  private static final int MAX_REGISTRATION_CHARS = 1_000;

  private final Catalog catalog;
  private final @Nullable String ownFolders;

  /**
   * Those of a catalog.
   *
   * @param ownFolders the folder in which each attached table gets one for files of ours, without a
   *     slash at the end; null if there is no such place
   */
  Attachments(Catalog catalog, @Nullable String ownFolders) {
    this.catalog = catalog;
    this.ownFolders = ownFolders;
  }

  /** How a name is registered; empty if it is not. */
  Optional<Attachment> find(CollectionName name) {
    String json = properties(name.namespace()).get(PREFIX + name.collection());
    return json == null ? Optional.empty() : Optional.of(Attachment.fromJson(name, json));
  }

  /** Where files of ours go that belong to an attached table; empty if there is no such place. */
  Optional<String> ownFolder(CollectionName name) {
    try {
      return find(name).map(Attachment::ownFolder);
    } catch (CorruptFileException | UnsupportedVersionException e) {
      // It can be detached all the same.
      return Optional.empty();
    }
  }

  /** The names registered in a namespace. */
  List<String> names(String namespace) {
    return properties(namespace).keySet().stream()
        .filter(key -> key.startsWith(PREFIX))
        .map(key -> key.substring(PREFIX.length()))
        .toList();
  }

  private Map<String, String> properties(String namespace) {
    try {
      return catalog instanceof SupportsNamespaces namespaces
          ? namespaces.loadNamespaceMetadata(Namespace.of(namespace))
          : Map.of();
    } catch (NoSuchNamespaceException e) {
      return Map.of();
    }
  }

  /**
   * Opens an attached table.
   *
   * @throws NotFoundException if the table is gone, or another one has its name
   * @throws InvalidArgumentException if its columns do not fit the registration any more
   */
  CollectionTable open(Attachment attachment) {
    Table table;
    try {
      table = catalog.loadTable(TableIdentifier.parse(attachment.table()));
    } catch (NoSuchTableException e) {
      throw gone(attachment, "it was dropped", e);
    }
    if (!table.uuid().equals(attachment.uuid())) {
      throw gone(attachment, "it was dropped and created again", null);
    }
    return new CollectionTable(attachment.name(), table, attachment, this);
  }

  private static NotFoundException gone(
      Attachment attachment, String reason, @Nullable Throwable cause) {
    return new NotFoundException(
        "Cannot open '"
            + attachment.name()
            + "': it shows table '"
            + attachment.table()
            + "', and "
            + reason
            + " (detach it, or attach the new table)",
        cause);
  }

  /**
   * Registers a table; its namespace exists.
   *
   * @throws AlreadyExistsException if a table or an attachment has the name
   * @throws NotFoundException if there is no such table
   * @throws InvalidArgumentException if it cannot be read as a collection
   */
  CollectionTable attach(CollectionName name, TableAttachment request) {
    if (find(name).isPresent()) {
      throw new AlreadyExistsException(
          "Cannot attach '"
              + request.table()
              + "' as '"
              + name
              + "': the name is attached already");
    }
    TableIdentifier identifier = TableIdentifier.parse(request.table());
    TableIdentifier served = TableIdentifier.of(name.namespace(), name.collection());
    if (!identifier.equals(served) && catalog.tableExists(served)) {
      throw new AlreadyExistsException(
          "Cannot attach '"
              + request.table()
              + "' as '"
              + name
              + "': there is a table of that name");
    }
    Table table = load(request, identifier);
    Attachment attachment = resolve(name, request, table);
    CollectionTable attached = new CollectionTable(name, table, attachment, this);
    String json = attachment.toJson();
    if (json.length() > MAX_REGISTRATION_CHARS) {
      throw cannot(
          request,
          "its registration takes "
              + json.length()
              + " characters (expected at most "
              + MAX_REGISTRATION_CHARS
              + "; name fewer vector columns, or set a shorter "
              + Warehouse.ATTACHED_FILES
              + ")");
    }
    set(name, Map.of(PREFIX + name.collection(), json));
    return attached;
  }

  private Table load(TableAttachment request, TableIdentifier identifier) {
    Table table;
    try {
      table = catalog.loadTable(identifier);
    } catch (NoSuchTableException e) {
      throw new NotFoundException("Cannot attach '" + request.table() + "': no such table", e);
    }
    if (table.properties().containsKey(TableProperties.CONVENTION_VERSION)) {
      throw cannot(request, "it is a collection of ProximaDB already, open it by its name");
    }
    if (((HasTableOperations) table).operations().current().uuid() == null) {
      throw cannot(request, "it has no UUID (expected one; upgrade it to format version 2)");
    }
    return table;
  }

  private Attachment resolve(CollectionName name, TableAttachment request, Table table) {
    if (request.vectors().isEmpty()
        || request.vectors().size() > CollectionSchema.MAX_VECTOR_FIELDS) {
      throw cannot(
          request,
          request.vectors().size()
              + " vector columns are named (expected 1 to "
              + CollectionSchema.MAX_VECTOR_FIELDS
              + ")");
    }
    NestedField id = column(request, table, request.idColumn());
    List<Attachment.VectorColumn> vectors = new ArrayList<>();
    for (TableAttachment.VectorColumn vector : request.vectors()) {
      NestedField column = column(request, table, vector.column());
      int dimension =
          AttachedSchema.canBeVector(column.type())
              ? AttachedDimension.of(table, request, vector, column)
              : 1;
      // Checks the name, and a dimension that was found.
      new VectorField(vector.column(), dimension, vector.metric());
      vectors.add(new Attachment.VectorColumn(column.fieldId(), dimension, vector.metric()));
    }
    return new Attachment(
        name, request.table(), table.uuid(), id.fieldId(), vectors, newFolder(name));
  }

  /** A folder that no other attachment has or had, so that it can be deleted as a whole. */
  private @Nullable String newFolder(CollectionName name) {
    String suffix = UUID.randomUUID().toString().substring(0, 8);
    return ownFolders == null ? null : ownFolders + "/" + name + "-" + suffix;
  }

  private static NestedField column(TableAttachment request, Table table, String name) {
    for (NestedField column : table.schema().columns()) {
      if (column.name().equals(name)) {
        return column;
      }
    }
    throw cannot(
        request,
        "it has no column '"
            + name
            + "' (expected one of "
            + table.schema().columns().stream().map(NestedField::name).toList()
            + ")");
  }

  static InvalidArgumentException cannot(TableAttachment request, String reason) {
    return new InvalidArgumentException("Cannot attach '" + request.table() + "': " + reason);
  }

  /** Forgets a registration with its indexes; false if there is none. */
  boolean detach(CollectionName name) {
    String key = PREFIX + name.collection();
    String indexes = INDEX_PREFIX + name.collection() + ".";
    Set<String> keys = new HashSet<>(properties(name.namespace()).keySet());
    keys.removeIf(other -> !other.equals(key) && !other.startsWith(indexes));
    if (!keys.isEmpty()) {
      namespaces().removeProperties(Namespace.of(name.namespace()), keys);
    }
    return keys.contains(key);
  }

  /** Definitions of the indexes of an attached table as they are registered, by name. */
  Map<String, String> indexes(CollectionName name) {
    String prefix = INDEX_PREFIX + name.collection() + ".";
    Map<String, String> indexes = new TreeMap<>();
    properties(name.namespace())
        .forEach(
            (key, json) -> {
              if (key.startsWith(prefix)) {
                indexes.put(key.substring(prefix.length()), json);
              }
            });
    return indexes;
  }

  /**
   * Registers changes of indexes of an attached table: those that are there come before those that
   * are not any more, each in its own property, so that of two engines none undoes what the other
   * does to another index.
   *
   * @throws InvalidArgumentException if there is no place for files of indexes, or no room for a
   *     definition
   */
  void change(Attachment attachment, IndexChanges changes, Schema schema) {
    CollectionName name = attachment.name();
    if (attachment.ownFolder() == null && !changes.defined().isEmpty()) {
      throw new InvalidArgumentException(
          "Cannot create an index of '"
              + name
              + "': there is no place for its files (set property "
              + Warehouse.ATTACHED_FILES
              + " of the catalog to a folder, detach the table and attach it again)");
    }
    String prefix = INDEX_PREFIX + name.collection() + ".";
    Map<String, String> defined = new HashMap<>();
    for (IndexDefinition index : changes.defined()) {
      String json = AttachedIndex.of(index, schema).toJson();
      if (json.length() > MAX_REGISTRATION_CHARS) {
        throw new InvalidArgumentException(
            "Invalid index '"
                + index.name()
                + "': its definition takes "
                + json.length()
                + " characters (expected at most "
                + MAX_REGISTRATION_CHARS
                + " for an attached table; give fewer settings)");
      }
      defined.put(prefix + index.name(), json);
    }
    if (!defined.isEmpty()) {
      set(name, defined);
    }
    Set<String> dropped = new HashSet<>();
    changes.dropped().forEach(index -> dropped.add(prefix + index));
    if (!dropped.isEmpty()) {
      namespaces().removeProperties(Namespace.of(name.namespace()), dropped);
    }
  }

  private void set(CollectionName name, Map<String, String> properties) {
    try {
      namespaces().setProperties(Namespace.of(name.namespace()), properties);
    } catch (UnsupportedOperationException e) {
      throw new InvalidArgumentException(
          "Unsupported catalog: "
              + catalog.getClass().getName()
              + " keeps no properties of namespaces, where attached tables are registered",
          e);
    }
  }

  private SupportsNamespaces namespaces() {
    if (catalog instanceof SupportsNamespaces supports) {
      return supports;
    }
    throw new InvalidArgumentException(
        "Unsupported catalog: " + catalog.getClass().getName() + " has no namespaces");
  }
}
