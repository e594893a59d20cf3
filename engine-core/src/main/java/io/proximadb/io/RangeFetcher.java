package io.proximadb.io;

import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.apache.iceberg.io.IOUtil;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;

/**
 * Reads ranges of files in stores, with patience and within bounds that hold for the process: bytes
 * in flight, and threads.
 */
final class RangeFetcher {
  /** Requests at the same time: a store gives each connection some 50 to 100 MB/s. */
  private static final int THREADS = 16;

  /** Bytes asked for and not there yet, of all requests together. */
  private static final int MAX_IN_FLIGHT_BYTES = 128 << 20;

  /** The semaphore counts KiB, since an int would not hold many bytes. */
  private static final int UNIT_BYTES = 1 << 10;

  /**
   * How often a request is sent. With the waits between, that is some four seconds; the file system
   * below has patience of its own, and whoever reads can ask again.
   */
  static final int ATTEMPTS = 6;

  /** The wait after the first failure in milliseconds; doubled each time. */
  private static final long FIRST_WAIT_MILLIS = 100;

  private static final long IDLE_SECONDS = 30;

  private static final Semaphore IN_FLIGHT = new Semaphore(MAX_IN_FLIGHT_BYTES / UNIT_BYTES, true);
  private static final Executor POOL = pool();

  private RangeFetcher() {}

  /** What is queued is bounded by those who queue: they wait for what they asked for. */
  private static Executor pool() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "proximadb-fetch");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** Runs a read in one of the threads for it. */
  static CompletableFuture<byte[]> inBackground(Supplier<byte[]> read) {
    return CompletableFuture.supplyAsync(read, POOL);
  }

  /**
   * Reads a range.
   *
   * @param afterEnd called when the file seems to end before the range does; may throw
   * @throws NotFoundException if there is no such file
   * @throws UnavailableException if the store did not give it in several attempts
   */
  static byte[] fetch(InputFile file, String location, ByteRange range, Runnable afterEnd) {
    int length = range.length();
    int units = (int) Math.min(MAX_IN_FLIGHT_BYTES, (length + UNIT_BYTES - 1L)) / UNIT_BYTES;
    IN_FLIGHT.acquireUninterruptibly(units);
    try {
      long wait = FIRST_WAIT_MILLIS;
      for (int attempt = 1; ; attempt++) {
        try {
          return send(file, range.offset(), length);
        } catch (org.apache.iceberg.exceptions.NotFoundException | FileNotFoundException e) {
          throw new NotFoundException("Cannot read file " + location + ": it does not exist", e);
        } catch (IOException | RuntimeIOException e) {
          if (e instanceof EOFException) {
            afterEnd.run();
          }
          if (attempt == ATTEMPTS || isPermanent(e)) {
            throw new UnavailableException(
                "Cannot read file "
                    + location
                    + " at "
                    + range.offset()
                    + " (length="
                    + length
                    + ", attempts="
                    + attempt
                    + "): "
                    + e.getMessage(),
                e);
          }
        }
        ReadStatistics.retried();
        pause(wait, location);
        wait *= 2;
      }
    } finally {
      IN_FLIGHT.release(units);
    }
  }

  private static byte[] send(InputFile file, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    ReadStatistics.sent();
    try (SeekableInputStream in = file.newStream()) {
      if (in instanceof RangeReadable ranges) {
        ranges.readFully(offset, bytes);
      } else {
        in.seek(offset);
        IOUtil.readFully(in, bytes, 0, length);
      }
    }
    ReadStatistics.received(length);
    return bytes;
  }

  private static boolean isPermanent(Exception failure) {
    Throwable cause = failure instanceof RuntimeIOException ? failure.getCause() : failure;
    return cause instanceof AccessDeniedException;
  }

  private static void pause(long millis, String location) {
    try {
      // Half of it by chance: many who were throttled together must not come back together.
      Thread.sleep(millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("Cannot read file " + location + ": interrupted", e);
    }
  }
}
