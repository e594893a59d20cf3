package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.io.Serializable;

/**
 * The full name of a collection, written {@code namespace.collection}.
 *
 * @param namespace the tenant; an Iceberg namespace of one level
 * @param collection the collection; an Iceberg table
 */
public record CollectionName(String namespace, String collection) implements Serializable {
  /** The namespace that a name without one stands in. */
  public static final String DEFAULT_NAMESPACE = "default";

  public CollectionName {
    Names.check("namespace", namespace);
    Names.check("collection", collection);
  }

  /**
   * Reads {@code namespace.collection}, or {@code collection} alone in {@link #DEFAULT_NAMESPACE}.
   *
   * @throws InvalidArgumentException if a part breaks the rule for names or there are more than two
   */
  public static CollectionName parse(String name) {
    int dot = name.indexOf('.');
    if (dot < 0) {
      return new CollectionName(DEFAULT_NAMESPACE, name);
    }
    if (name.indexOf('.', dot + 1) >= 0) {
      throw new InvalidArgumentException(
          "Invalid collection name: '" + name + "' (expected namespace.collection)");
    }
    return new CollectionName(name.substring(0, dot), name.substring(dot + 1));
  }

  /** True if a collection may be called so within its namespace. */
  public static boolean isName(String name) {
    return Names.isValid(name);
  }

  /** Checks the name of a namespace by itself. */
  public static String checkNamespace(String namespace) {
    return Names.check("namespace", namespace);
  }

  @Override
  public String toString() {
    return namespace + "." + collection;
  }
}
