package io.proximadb.flink.search;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Threads of an asynchronous function: as many as there are cores, since a search is computing. */
final class Workers implements AutoCloseable {
  /** A search or a read ends within it, or its task is over anyway. */
  private static final long PATIENCE_SECONDS = 30;

  private final ExecutorService threads;

  Workers(String name) {
    threads =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            task -> {
              Thread daemon = new Thread(task, name);
              daemon.setDaemon(true);
              return daemon;
            });
  }

  ExecutorService threads() {
    return threads;
  }

  /** Waits for what runs: it reads files that are about to be closed. */
  @Override
  public void close() {
    threads.shutdownNow();
    try {
      if (!threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("A search still ran after " + PATIENCE_SECONDS + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
