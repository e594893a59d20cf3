package io.proximadb.storage;

/**
 * A set of ids to look for in segments, in ascending order (unsigned) of their 64-bit keyed hash,
 * so that looking through a segment is a merge of two sorted runs.
 */
public interface IdSet {
  int size();

  /** The hash of the i-th id, under the table's key. */
  long hash(int i);

  /** The i-th id; only asked for when a hash was met. */
  String id(int i);
}
