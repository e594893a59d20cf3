package io.proximadb.index;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes that a table is to have, from its properties {@code proximadb.index.<name>.type},
 * {@code .field} and {@code .<setting>}.
 */
public final class IndexDefinitions {
  private static final Logger LOG = LoggerFactory.getLogger(IndexDefinitions.class);

  public static final String PREFIX = "proximadb.index.";

  /** Files of fewer rows get no index; unless set it depends on the type. */
  public static final String MIN_ROWS = "proximadb.indexes.min-rows";

  private static final String TYPE = "type";
  private static final String FIELD = "field";

  /** Warnings that were given; properties are read again and again. */
  private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

  /** No more are given then. */
  private static final int MAX_WARNED = 1_000;

  private IndexDefinitions() {}

  /**
   * The definitions of a table by name. One that makes no sense is left out with a warning: others
   * may set properties too, and answers do not depend on indexes.
   */
  public static List<IndexDefinition> of(TableContext table) {
    Map<String, Map<String, String>> byName = byName(table);
    List<IndexDefinition> definitions = new ArrayList<>();
    byName.forEach(
        (name, parts) -> {
          try {
            definitions.add(definition(name, parts, table));
          } catch (InvalidArgumentException e) {
            warn(table.location() + ": " + e.getMessage());
          }
        });
    return definitions;
  }

  /** True if the table has definitions that this version does not understand. */
  static boolean hasUnknown(TableContext table) {
    return byName(table).size() != of(table).size();
  }

  private static Map<String, Map<String, String>> byName(TableContext table) {
    Map<String, Map<String, String>> byName = new TreeMap<>();
    table
        .properties()
        .forEach(
            (key, value) -> {
              int dot = key.indexOf('.', PREFIX.length());
              if (key.startsWith(PREFIX) && dot > 0) {
                byName
                    .computeIfAbsent(key.substring(PREFIX.length(), dot), name -> new TreeMap<>())
                    .put(key.substring(dot + 1), value);
              }
            });
    return byName;
  }

  /**
   * The rows of a file that is to have an index, at least: what {@link #MIN_ROWS} says, or what
   * suits the type. A value that is no number above 0 counts for none, with a warning.
   */
  public static long minRows(TableContext table, IndexDefinition definition) {
    String set = table.properties().get(MIN_ROWS);
    if (set != null) {
      try {
        long rows = Long.parseLong(set.strip());
        if (rows > 0) {
          return rows;
        }
      } catch (NumberFormatException e) {
        // Told below.
      }
      warn(
          table.location()
              + " by "
              + MIN_ROWS
              + ": '"
              + set
              + "' (expected a whole number of at least 1)");
    }
    return IndexTypes.named(definition.type()).minRows();
  }

  private static void warn(String what) {
    if (WARNED.size() < MAX_WARNED && WARNED.add(what)) {
      LOG.warn("Going without an index of {}", what);
    }
  }

  private static IndexDefinition definition(
      String name, Map<String, String> parts, TableContext table) {
    String type = parts.remove(TYPE);
    String field = parts.remove(FIELD);
    if (type == null || field == null) {
      throw new InvalidArgumentException(
          "Invalid index '" + name + "': properties .type and .field are expected");
    }
    IndexDefinition definition = new IndexDefinition(name, type, field, parts);
    IndexTypes.named(type).check(definition, table.schema());
    return definition;
  }

  /** The properties that make a definition. */
  public static Map<String, String> properties(IndexDefinition definition) {
    return properties(
        definition.name(), definition.type(), definition.field(), definition.settings());
  }

  /** The same of one that nobody has checked. */
  public static Map<String, String> properties(
      String name, String type, String field, Map<String, String> settings) {
    Map<String, String> properties = new TreeMap<>();
    String prefix = prefix(name);
    settings.forEach((key, value) -> properties.put(prefix + key, value));
    properties.put(prefix + TYPE, type);
    properties.put(prefix + FIELD, field);
    return properties;
  }

  /** What all properties of a definition begin with. */
  public static String prefix(String name) {
    return PREFIX + name + ".";
  }
}
