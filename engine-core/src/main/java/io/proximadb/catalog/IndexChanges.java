package io.proximadb.catalog;

import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexTypes;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.SchemaChange;
import io.proximadb.storage.TableContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.UpdateProperties;

/** What changes of a schema do to the definitions of indexes, which are properties of the table. */
final class IndexChanges {
  /** Most indexes of a table: each has a file beside every data file. */
  static final int MAX_INDEXES = 64;

  private final TableContext table;
  private final Map<String, IndexDefinition> indexes = new LinkedHashMap<>();

  IndexChanges(TableContext table) {
    this.table = table;
    IndexDefinitions.of(table).forEach(index -> indexes.put(index.name(), index));
  }

  /** Makes the changes, one after the other. */
  void apply(List<SchemaChange> changes, UpdateProperties properties) {
    CollectionSchema schema = table.schema();
    for (SchemaChange change : changes) {
      schema = change.applyTo(schema);
      if (change instanceof SchemaChange.AddIndex add) {
        add(add.definition(), schema, properties);
      } else if (change instanceof SchemaChange.DropIndex drop) {
        drop(drop.name(), properties);
      } else if (change instanceof SchemaChange.DropColumn drop) {
        checkNotIndexed(drop.name());
      } else if (change instanceof SchemaChange.RenameColumn rename) {
        follow(rename, properties);
      }
    }
  }

  private void add(
      IndexDefinition definition, CollectionSchema schema, UpdateProperties properties) {
    if (indexes.containsKey(definition.name())) {
      throw new AlreadyExistsException(
          "Cannot create index '"
              + definition.name()
              + "': there is one of that name ("
              + indexes.get(definition.name())
              + "; drop it first)");
    }
    if (indexes.size() >= MAX_INDEXES) {
      throw new InvalidArgumentException(
          "Cannot create index '"
              + definition.name()
              + "': there are "
              + indexes.size()
              + " (expected at most "
              + MAX_INDEXES
              + "; drop one first)");
    }
    IndexTypes.named(definition.type()).check(definition, schema);
    // Properties of one that made no sense would become settings of this.
    forget(definition.name(), properties);
    indexes.put(definition.name(), definition);
    IndexDefinitions.properties(definition).forEach(properties::set);
  }

  private void drop(String name, UpdateProperties properties) {
    // One that makes no sense any more can be dropped, too.
    boolean left =
        table.properties().keySet().stream()
            .anyMatch(key -> key.startsWith(IndexDefinitions.prefix(name)));
    if (indexes.remove(name) == null && !left) {
      throw new NotFoundException(
          "Cannot drop index '"
              + name
              + "': there is none (expected one of "
              + indexes.keySet()
              + ")");
    }
    forget(name, properties);
  }

  private void forget(String name, UpdateProperties properties) {
    for (String key : table.properties().keySet()) {
      if (key.startsWith(IndexDefinitions.prefix(name))) {
        properties.remove(key);
      }
    }
  }

  /** The column that an index is of, or of a field in it. */
  private static String column(IndexDefinition index) {
    int dot = index.field().indexOf('.');
    return dot < 0 ? index.field() : index.field().substring(0, dot);
  }

  private void checkNotIndexed(String column) {
    for (IndexDefinition index : indexes.values()) {
      if (column(index).equals(column)) {
        throw new InvalidArgumentException(
            "Cannot drop column '"
                + column
                + "': index '"
                + index.name()
                + "' is of it (drop it first)");
      }
    }
  }

  private void follow(SchemaChange.RenameColumn rename, UpdateProperties properties) {
    indexes.replaceAll(
        (name, index) -> {
          if (!column(index).equals(rename.name())) {
            return index;
          }
          IndexDefinition renamed =
              new IndexDefinition(
                  name,
                  index.type(),
                  rename.newName() + index.field().substring(rename.name().length()),
                  index.settings());
          IndexDefinitions.properties(renamed).forEach(properties::set);
          return renamed;
        });
  }
}
