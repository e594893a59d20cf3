package io.proximadb.catalog;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The threads that read manifests. Iceberg's own pool is closed by a shutdown hook, which would
 * fail the flush of an engine that is closed by one.
 */
final class ManifestReaders {
  /** Manifests are small and few: two threads hide the latency of a store. */
  private static final int THREADS = 2;

  static final ExecutorService POOL =
      Executors.newFixedThreadPool(
          THREADS,
          task -> {
            Thread thread = new Thread(task, "proximadb-manifests");
            thread.setDaemon(true);
            return thread;
          });

  private ManifestReaders() {}
}
