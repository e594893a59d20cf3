package io.proximadb.catalog;

import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexTraffic;
import io.proximadb.index.IndexTypes;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.SchemaChange;
import io.proximadb.storage.TableContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.iceberg.UpdateProperties;

/** What changes of a schema do to the definitions of indexes, which are properties of the table. */
final class IndexChanges {
  /** Most indexes of a table: each has a file beside every data file. */
  static final int MAX_INDEXES = 64;

  private final TableContext table;
  private final Map<String, IndexDefinition> indexes = new LinkedHashMap<>();
  private final Set<String> touched = new TreeSet<>();

  private IndexChanges(TableContext table) {
    this.table = table;
    IndexDefinitions.of(table).forEach(index -> indexes.put(index.name(), index));
  }

  /**
   * Looks what changes do, one after the other; nothing is written.
   *
   * @throws AlreadyExistsException if an index is added whose name is taken then
   * @throws NotFoundException if one is dropped that is not there then
   * @throws InvalidArgumentException if a definition is not valid, or the column of an index is
   *     dropped
   */
  static IndexChanges of(TableContext table, List<SchemaChange> changes) {
    IndexChanges made = new IndexChanges(table);
    CollectionSchema schema = table.schema();
    for (SchemaChange change : changes) {
      // An attached table has no schema that could be changed, or would pass for a collection's.
      schema = change.isOfColumns() ? change.applyTo(schema) : schema;
      if (change instanceof SchemaChange.AddIndex add) {
        made.add(add.definition(), schema);
      } else if (change instanceof SchemaChange.DropIndex drop) {
        made.drop(drop.name());
      } else if (change instanceof SchemaChange.DropColumn drop) {
        made.checkNotIndexed(drop.name());
      } else if (change instanceof SchemaChange.RenameColumn rename) {
        made.follow(rename);
      }
    }
    return made;
  }

  /** The definitions that were added or changed, as they are in the end. */
  List<IndexDefinition> defined() {
    return touched.stream().map(indexes::get).filter(Objects::nonNull).toList();
  }

  /** The names of those that are not there any more. */
  List<String> dropped() {
    return touched.stream().filter(name -> !indexes.containsKey(name)).toList();
  }

  /** Writes the difference between the properties that are there and those that are to be. */
  void write(UpdateProperties properties) {
    Map<String, String> after = new TreeMap<>();
    defined().forEach(index -> after.putAll(IndexDefinitions.properties(index)));
    for (String name : touched) {
      for (String key : table.properties().keySet()) {
        if (key.startsWith(IndexDefinitions.prefix(name)) && !after.containsKey(key)) {
          properties.remove(key);
        }
      }
    }
    for (String name : dropped()) {
      // One that is made again by that name answers all searches.
      if (table.properties().containsKey(IndexTraffic.PREFIX + name)) {
        properties.remove(IndexTraffic.PREFIX + name);
      }
    }
    after.forEach(properties::set);
  }

  private void add(IndexDefinition definition, CollectionSchema schema) {
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
    indexes.put(definition.name(), definition);
    touched.add(definition.name());
  }

  private void drop(String name) {
    // One that makes no sense any more can be dropped, too.
    boolean left =
        !touched.contains(name)
            && table.properties().keySet().stream()
                .anyMatch(key -> key.startsWith(IndexDefinitions.prefix(name)));
    if (indexes.remove(name) == null && !left) {
      throw new NotFoundException(
          "Cannot drop index '"
              + name
              + "': there is none (expected one of "
              + indexes.keySet()
              + ")");
    }
    touched.add(name);
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

  private void follow(SchemaChange.RenameColumn rename) {
    indexes.replaceAll(
        (name, index) -> {
          if (!column(index).equals(rename.name())) {
            return index;
          }
          touched.add(name);
          return new IndexDefinition(
              name,
              index.type(),
              rename.newName() + index.field().substring(rename.name().length()),
              index.settings());
        });
  }
}
