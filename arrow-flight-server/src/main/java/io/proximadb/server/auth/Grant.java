package io.proximadb.server.auth;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;

/**
 * One permission.
 *
 * @param namespace where, or {@value #ALL} for everywhere
 * @param collection of the namespace, or {@value #ALL} for all that it has and will have
 * @param role what is allowed there
 */
public record Grant(String namespace, String collection, Role role) {
  /** Stands for every namespace, or for every collection of one. */
  public static final String ALL = "*";

  public Grant {
    if (namespace.equals(ALL)) {
      if (!collection.equals(ALL)) {
        throw new InvalidArgumentException(
            "Invalid grant: collection '"
                + collection
                + "' of all namespaces (expected a namespace, or all collections)");
      }
    } else {
      CollectionName.checkNamespace(namespace);
    }
    if (!collection.equals(ALL) && !CollectionName.isName(collection)) {
      throw new InvalidArgumentException(
          "Invalid grant: collection '" + collection + "' (expected a name, or '" + ALL + "')");
    }
  }

  /** All of everything. */
  public static Grant everything(Role role) {
    return new Grant(ALL, ALL, role);
  }

  /** All collections of a namespace. */
  public static Grant namespace(String namespace, Role role) {
    return new Grant(namespace, ALL, role);
  }

  /** One collection. */
  public static Grant collection(CollectionName name, Role role) {
    return new Grant(name.namespace(), name.collection(), role);
  }

  /** True if it is of everything there is. */
  boolean isOfEverything() {
    return namespace.equals(ALL);
  }

  boolean allows(Role wanted, CollectionName name) {
    return role.covers(wanted)
        && (isOfEverything() || namespace.equals(name.namespace()))
        && (collection.equals(ALL) || collection.equals(name.collection()));
  }
}
