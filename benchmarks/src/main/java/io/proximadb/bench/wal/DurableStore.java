package io.proximadb.bench.wal;

import java.io.Closeable;
import java.io.IOException;

/** Something that acknowledges records one by one; safe for use by several threads. */
interface DurableStore extends Closeable {
  /** Writes a record of the pool, and returns when it is as durable as was asked for. */
  void put(int record) throws IOException;
}
