package io.proximadb.catalog;

import io.proximadb.io.LocalFileIO;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.io.FileIO;

/**
 * Who reads and writes manifests. Iceberg's own pool is closed by a shutdown hook, which would fail
 * the flush of an engine that is closed by one.
 */
final class ManifestReaders {
  /** Manifests are small and few: two threads hide the latency of a store. */
  private static final int THREADS = 2;

  private static final ExecutorService POOL =
      Executors.newFixedThreadPool(
          THREADS,
          task -> {
            Thread thread = new Thread(task, "proximadb-manifests");
            thread.setDaemon(true);
            return thread;
          });

  private static final ExecutorService CALLER = new Caller();

  private ManifestReaders() {}

  /**
   * The caller itself on a local disk, where a manifest is read in less than a millisecond: Iceberg
   * looks every 10 ms whether a pool's threads are done, several times in a commit. Else a pool.
   */
  static ExecutorService of(FileIO io) {
    return io instanceof LocalFileIO ? CALLER : POOL;
  }

  /** Runs each task before it returns from taking it, and cannot be closed. */
  private static final class Caller extends AbstractExecutorService {
    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return false;
    }
  }
}
