package io.proximadb.server.auth;

import io.proximadb.api.Collection;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.server.EngineAccess;
import java.util.List;

/**
 * An engine as one caller may use it. Every door goes through it, so that no call can forget to
 * ask. Whether something may be used is asked before whether it is there.
 *
 * @param engine all of it
 * @param caller who uses it
 */
public record GuardedEngine(EngineAccess engine, Caller caller) implements EngineAccess {
  @Override
  public Collection createCollection(CollectionName name, CollectionSchema schema) {
    caller.check(Role.ADMIN, name);
    return guarded(engine.createCollection(name, schema));
  }

  @Override
  public Collection collection(CollectionName name) {
    caller.check(Role.READ, name);
    return guarded(engine.collection(name));
  }

  private Collection guarded(Collection collection) {
    return new GuardedCollection(collection, caller);
  }

  @Override
  public List<String> listNamespaces() {
    return engine.listNamespaces().stream().filter(caller::maySee).toList();
  }

  @Override
  public List<CollectionName> listCollections(String namespace) {
    if (!caller.maySee(namespace)) {
      throw AccessException.forbidden(
          "Cannot use namespace '"
              + namespace
              + "': the key '"
              + caller.name()
              + "' has no role there (expected a key with one)");
    }
    return engine.listCollections(namespace).stream()
        .filter(name -> caller.may(Role.READ, name))
        .toList();
  }

  @Override
  public boolean dropCollection(CollectionName name) {
    caller.check(Role.ADMIN, name);
    return engine.dropCollection(name);
  }

  @Override
  public List<MaintenanceResult> maintain(CollectionName name) {
    caller.check(Role.ADMIN, name);
    return engine.maintain(name);
  }
}
