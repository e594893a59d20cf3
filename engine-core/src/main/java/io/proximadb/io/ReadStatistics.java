package io.proximadb.io;

import java.util.concurrent.atomic.LongAdder;

/**
 * What this process read of files that are not local: data files and their indexes, not the
 * catalog's metadata. Counts never fall; the difference of two is what happened between them.
 *
 * @param requests sent to stores, those that failed included
 * @param bytes that stores sent and that were used or cached
 * @param retries requests that were sent again because one failed
 * @param cachedBytes read from the local cache instead
 */
public record ReadStatistics(long requests, long bytes, long retries, long cachedBytes) {
  private static final LongAdder REQUESTS = new LongAdder();
  private static final LongAdder BYTES = new LongAdder();
  private static final LongAdder RETRIES = new LongAdder();
  private static final LongAdder CACHED_BYTES = new LongAdder();

  /** The counts of this process until now. */
  public static ReadStatistics now() {
    return new ReadStatistics(REQUESTS.sum(), BYTES.sum(), RETRIES.sum(), CACHED_BYTES.sum());
  }

  /** What was counted between an earlier look and this one. */
  public ReadStatistics since(ReadStatistics earlier) {
    return new ReadStatistics(
        requests - earlier.requests,
        bytes - earlier.bytes,
        retries - earlier.retries,
        cachedBytes - earlier.cachedBytes);
  }

  static void sent() {
    REQUESTS.increment();
  }

  static void received(int count) {
    BYTES.add(count);
  }

  static void retried() {
    RETRIES.increment();
  }

  static void cached(int count) {
    CACHED_BYTES.add(count);
  }
}
