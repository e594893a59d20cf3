package io.proximadb.crashtest;

import io.proximadb.model.CollectionName;
import java.util.Map;

/**
 * One call of the engine, which changes all of its records or none.
 *
 * @param kind what is asked for
 * @param collection in which
 * @param unit the records it is about, with the values they are to have
 */
record Operation(Kind kind, String collection, Map<String, Value> unit) {
  CollectionName name() {
    return CollectionName.parse(collection);
  }

  void apply(WriterState state) {
    kind.apply(this, state);
  }

  @Override
  public String toString() {
    return kind + " of " + unit.keySet() + " in " + collection;
  }
}
