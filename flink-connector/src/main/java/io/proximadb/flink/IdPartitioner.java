package io.proximadb.flink;

import org.apache.flink.api.common.functions.Partitioner;

/** Sends all changes of an id to the same writer, so that they keep their order. */
final class IdPartitioner implements Partitioner<String> {
  private static final long serialVersionUID = 1;

  /** 2^32 divided by the golden ratio: spreads hash codes that differ in few bits. */
  private static final int SPREAD = 0x9E3779B1;

  @Override
  public int partition(String id, int numPartitions) {
    int hash = id.hashCode() * SPREAD;
    return Math.floorMod(hash ^ (hash >>> 16), numPartitions);
  }
}
