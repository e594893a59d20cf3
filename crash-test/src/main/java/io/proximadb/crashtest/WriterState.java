package io.proximadb.crashtest;

import java.util.Map;
import java.util.TreeMap;

/**
 * The live records that one writer answers for, by collection and id; a collection that is not
 * there has no entry.
 *
 * @param collections mutable
 */
record WriterState(TreeMap<String, TreeMap<String, Value>> collections) {
  static WriterState empty() {
    return new WriterState(new TreeMap<>());
  }

  WriterState copy() {
    WriterState copy = empty();
    collections.forEach((name, records) -> copy.collections.put(name, new TreeMap<>(records)));
    return copy;
  }

  boolean has(String collection) {
    return collections.containsKey(collection);
  }

  /** The records of a collection; mutable. */
  Map<String, Value> of(String collection) {
    TreeMap<String, Value> records = collections.get(collection);
    if (records == null) {
      throw new IllegalStateException("No collection '" + collection + "'");
    }
    return records;
  }
}
