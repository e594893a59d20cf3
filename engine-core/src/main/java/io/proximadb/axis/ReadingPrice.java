package io.proximadb.axis;

import io.proximadb.axis.cost.Strategy;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/**
 * What reading vectors takes where a file does not have them as floats in mapped memory (profile
 * {@code cold}, and files of other layouts), measured on this machine: comparing every row decodes
 * all of them, an index those of a few rows that it ranks. Samples are in memory, so nothing of
 * this is in what is learned from them.
 *
 * @param rows of such files
 * @param share of all rows that these are, in [0, 1]
 * @param rowMicros to read one of many rows in a row, processor time
 * @param singleMicros to read a row by its place, processor time
 */
record ReadingPrice(long rows, double share, double rowMicros, double singleMicros) {
  /** All vectors lie in mapped memory. */
  static final ReadingPrice NONE = new ReadingPrice(0, 0, 0, 0);

  /** Rows read at once, and how often: some ten milliseconds where they are decoded. */
  private static final int CHUNK_ROWS = 256;

  private static final int CHUNKS = 4;
  private static final int SINGLES = 16;

  /** Rows that an index reads the vectors of, for each of the answer, mostly. */
  private static final int RANKED = 2;

  /** Measures it on the largest of such files. */
  static ReadingPrice of(Pin pin, VectorField field) {
    if (field.isSparse()) {
      return NONE;
    }
    long all = 0;
    long paid = 0;
    @Nullable VectorRows largest = null;
    for (SegmentView segment : pin.state().segments()) {
      SegmentReader reader = segment.handle().reader();
      if (reader.hasVectors(field.name())) {
        VectorRows rows = reader.vectors(field.name());
        all += rows.rowCount();
        if (!rows.isMapped()) {
          paid += rows.rowCount();
          largest = largest == null || rows.rowCount() > largest.rowCount() ? rows : largest;
        }
      }
    }
    if (largest == null || paid == 0) {
      return NONE;
    }
    int chunk = Math.min(CHUNK_ROWS, largest.rowCount());
    double many = micros(largest, chunk, CHUNKS) / chunk;
    return new ReadingPrice(paid, (double) paid / (double) all, many, micros(largest, 1, SINGLES));
  }

  /** Processor time of a reading of some rows, the mean of several places. */
  private static double micros(VectorRows rows, int count, int times) {
    float[] target = new float[count * rows.dimension()];
    long start = cpuNanos();
    for (int i = 0; i < times; i++) {
      rows.copy((int) ((long) i * (rows.rowCount() - count) / times), count, target, 0);
    }
    return (cpuNanos() - start) / 1e3 / times;
  }

  /** What a search takes beside what was predicted by a sample in memory, microseconds. */
  double micros(Strategy strategy, int k) {
    return strategy.isScan()
        ? (double) rows * rowMicros
        : share * RANKED * k * Math.max(rowMicros, singleMicros);
  }

  private static long cpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isCurrentThreadCpuTimeSupported()
        ? threads.getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
