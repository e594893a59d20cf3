package io.proximadb.flink.source;

import java.util.List;

/** What a split still has to give. For use by one thread. */
interface SplitRows extends AutoCloseable {
  /** Some of it; nothing if there is nothing now. */
  List<ReadChange> next();

  @Override
  void close();
}
