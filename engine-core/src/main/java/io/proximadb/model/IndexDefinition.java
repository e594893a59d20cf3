package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * An index that a collection is to have: each of its data files gets one of that kind, built in the
 * background. Definitions are properties of the table, see {@code docs/indexes.md}.
 *
 * @param name unique in the collection; a lower-case letter, then up to 63 lower-case letters,
 *     digits or underscores
 * @param type which kind: {@code hnsw}, {@code flat}, ...
 * @param field the vector field or metadata column that it is of
 * @param settings of the type, by name; those that are not there have their usual values
 */
public record IndexDefinition(String name, String type, String field, Map<String, String> settings)
    implements Serializable {
  /** Most settings of one definition; each is a property of the table. */
  public static final int MAX_SETTINGS = 32;

  private static final String NAME = "[a-z][a-z0-9_]{0,63}";

  public IndexDefinition {
    check("index name", name);
    check("index type", type);
    if (field.isEmpty()) {
      throw new InvalidArgumentException(
          "Invalid index '" + name + "': it has no field (expected one of the collection)");
    }
    if (settings.size() > MAX_SETTINGS) {
      throw new InvalidArgumentException(
          "Invalid index '"
              + name
              + "': "
              + settings.size()
              + " settings (expected at most "
              + MAX_SETTINGS
              + ")");
    }
    settings.keySet().forEach(key -> check("setting of index '" + name + "'", key));
    settings = Collections.unmodifiableMap(new TreeMap<>(settings));
  }

  private static void check(String what, String value) {
    if (!value.matches(NAME)) {
      throw new InvalidArgumentException(
          "Invalid "
              + what
              + ": '"
              + value
              + "' (expected a lower-case letter, then up to 63 of a to z, 0 to 9 and _)");
    }
  }

  /** A definition with the usual settings. */
  public static IndexDefinition of(String name, String type, String field) {
    return new IndexDefinition(name, type, field, Map.of());
  }

  /** The same with one more setting, or another value of it. */
  public IndexDefinition with(String setting, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(setting, value);
    return new IndexDefinition(name, type, field, more);
  }
}
