package io.proximadb.bench.wal;

import io.proximadb.bench.BenchmarkContext;
import java.time.Duration;

/**
 * How much is measured.
 *
 * @param warmupPasses passes that do not count
 * @param compilePasses the same, where a pass is over before the code it runs is compiled well
 * @param passes passes of which the median counts
 * @param passTime how long each store is written to in a pass
 * @param passBytes where a pass ends before its time: RocksDB must not flush in it
 * @param replayBytes of records in a log that is replayed
 * @param lz4Bytes of records that are compressed and decompressed
 * @param vectors of the data set that are used
 */
record Plan(
    int warmupPasses,
    int compilePasses,
    int passes,
    Duration passTime,
    long passBytes,
    long replayBytes,
    int lz4Bytes,
    int vectors) {
  private static final Plan FULL =
      new Plan(1, 3, 5, Duration.ofSeconds(2), 768L << 20, 256L << 20, 64 << 20, 8_192);

  private static final Plan SHORT =
      new Plan(0, 0, 1, Duration.ofMillis(50), 16L << 20, 4L << 20, 2 << 20, 256);

  /** What a context asks for. */
  static Plan of(BenchmarkContext context) {
    Plan plan = context.form() == BenchmarkContext.Form.SHORT ? SHORT : FULL;
    return context.chosenPassTime().map(plan::withPassTime).orElse(plan);
  }

  private Plan withPassTime(Duration time) {
    return new Plan(
        warmupPasses, compilePasses, passes, time, passBytes, replayBytes, lz4Bytes, vectors);
  }

  /**
   * Bytes of RocksDB's memtable, and so of the log it allocates ahead: records are less than half
   * of it, the rest is for what it keeps with each.
   */
  long memtableBytes() {
    return 2 * Math.max(passBytes, replayBytes);
  }
}
