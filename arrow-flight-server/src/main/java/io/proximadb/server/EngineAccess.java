package io.proximadb.server;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import java.util.List;

/** What the server asks of an engine; everything else goes through {@link Collection}. */
public interface EngineAccess {
  /** The same of a running engine, which stays its owner's to close. */
  static EngineAccess of(ProximaEngine engine) {
    return new EngineAccess() {
      @Override
      public Collection createCollection(CollectionName name, CollectionSchema schema) {
        return engine.createCollection(name, schema);
      }

      @Override
      public Collection collection(CollectionName name) {
        return engine.collection(name);
      }

      @Override
      public List<String> listNamespaces() {
        return engine.listNamespaces();
      }

      @Override
      public List<CollectionName> listCollections(String namespace) {
        return engine.listCollections(namespace);
      }

      @Override
      public boolean dropCollection(CollectionName name) {
        return engine.dropCollection(name);
      }

      @Override
      public List<MaintenanceResult> maintain(CollectionName name) {
        return engine.maintain(name);
      }
    };
  }

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

  /**
   * The collections of a namespace.
   *
   * @throws io.proximadb.error.NotFoundException if there is no such namespace
   */
  List<CollectionName> listCollections(String namespace);

  /** Drops a collection with its files; false if there was none. */
  boolean dropCollection(CollectionName name);

  /**
   * Does now all that there is to maintain of a collection.
   *
   * @return what each step did, in order
   * @throws io.proximadb.error.NotFoundException if there is no such collection
   */
  List<MaintenanceResult> maintain(CollectionName name);
}
