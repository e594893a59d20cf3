package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import java.util.List;

/** What the server asks of an engine; everything else goes through {@link Collection}. */
public interface EngineAccess {
  /**
   * Creates a collection, and its namespace when that is missing.
   *
   * @throws io.proximadb.error.AlreadyExistsException if it exists
   */
  Collection createCollection(CollectionName name, CollectionSchema schema);

  /**
   * The collection of that name.
   *
   * @throws io.proximadb.error.NotFoundException if there is none
   */
  Collection collection(CollectionName name);

  /** All namespaces. */
  List<String> listNamespaces();

  /** The collections of a namespace; none if there is no such namespace. */
  List<CollectionName> listCollections(String namespace);

  /** Drops a collection with its files; false if there was none. */
  boolean dropCollection(CollectionName name);
}
