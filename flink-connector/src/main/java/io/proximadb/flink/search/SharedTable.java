package io.proximadb.flink.search;

import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.model.CollectionName;
import io.proximadb.query.SnapshotReader;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A collection that is open for reading, shared by all functions of this process that read it, and
 * refreshed by whoever reads it when it is time. Safe for use by several threads.
 */
final class SharedTable implements AutoCloseable {
  private record Key(
      Map<String, String> warehouse,
      CollectionName collection,
      @Nullable String version,
      long refreshMillis) {}

  private static final Map<Key, SharedTable> OPEN = new HashMap<>();

  private final Key key;
  private final Warehouse warehouse;
  private final SnapshotReader reader;
  private final ReentrantLock refreshing = new ReentrantLock();
  private volatile long refreshedNanos = System.nanoTime();

  /** Guarded by the map. */
  private int users;

  private SharedTable(Key key) {
    this.key = key;
    this.warehouse = Warehouse.open(key.warehouse());
    try {
      this.reader =
          SnapshotReader.open(warehouse.load(key.collection()), key.version(), Clock.system());
    } catch (RuntimeException e) {
      warehouse.close();
      throw e;
    }
  }

  /** Opens a collection, or joins those who have it open; to be closed by the caller. */
  static SharedTable open(TableAccess access) {
    Key key =
        new Key(
            access.warehouseProperties(),
            access.collection(),
            access.version(),
            access.refreshMillis());
    synchronized (OPEN) {
      SharedTable table = OPEN.get(key);
      if (table == null) {
        table = new SharedTable(key);
        OPEN.put(key, table);
      }
      table.users++;
      return table;
    }
  }

  /** The reader, not older than was asked for unless another thread is about to refresh it. */
  SnapshotReader reader() {
    if (System.nanoTime() - refreshedNanos >= TimeUnit.MILLISECONDS.toNanos(key.refreshMillis())
        && refreshing.tryLock()) {
      try {
        reader.refresh();
        refreshedNanos = System.nanoTime();
      } finally {
        refreshing.unlock();
      }
    }
    return reader;
  }

  @Override
  public void close() {
    synchronized (OPEN) {
      users--;
      if (users == 0) {
        OPEN.remove(key);
        try (warehouse) {
          reader.close();
        }
      }
    }
  }
}
