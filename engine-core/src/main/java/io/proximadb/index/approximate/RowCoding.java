package io.proximadb.index.approximate;

import io.proximadb.index.IndexBuild;
import io.proximadb.model.Metric;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.quantize.Int8Quantizer;
import io.proximadb.vector.quantize.ProductQuantizer;
import java.util.concurrent.atomic.AtomicInteger;

/** Trains the quantizer of a file, and codes its rows. */
public final class RowCoding {
  /** Rows that are read and coded at a time; of 1,536 dimensions these are 1.5 MiB. */
  private static final int RUN_ROWS = 256;

  private RowCoding() {}

  /** A quantizer trained on rows at even steps. */
  public static Int8Quantizer train(VectorRows rows, Metric metric, int codes, long seed) {
    int count = Math.min(rows.rowCount(), Int8Quantizer.MAX_SAMPLE_ROWS);
    return Int8Quantizer.train(metric, rows.dimension(), sample(rows, count), count, codes, seed);
  }

  /** One of parts of the same directions, trained on the same rows. */
  public static ProductQuantizer trainProduct(
      VectorRows rows, Int8Quantizer whole, int parts, long seed) {
    int count = Math.min(rows.rowCount(), Int8Quantizer.MAX_SAMPLE_ROWS);
    return ProductQuantizer.train(whole, sample(rows, count), count, parts, seed);
  }

  private static float[] sample(VectorRows rows, int count) {
    int dimension = rows.dimension();
    float[] sample = new float[Math.multiplyExact(count, dimension)];
    for (int i = 0; i < count; i++) {
      int row = (int) ((long) i * rows.rowCount() / count);
      rows.copy(row, 1, sample, i * dimension);
    }
    return sample;
  }

  /** Codes a row, which other threads do for other rows at the same time. */
  public interface Coder {
    /**
     * Codes a row.
     *
     * @param offset of the row's vector, in floats
     */
    void encode(float[] vectors, int offset, int row);
  }

  /** Codes all rows. */
  public static void encode(VectorRows rows, Coder coder, IndexBuild build) {
    AtomicInteger nextRun = new AtomicInteger();
    build.inParallel(() -> () -> encodeRuns(rows, coder, nextRun, build));
  }

  private static void encodeRuns(
      VectorRows rows, Coder coder, AtomicInteger nextRun, IndexBuild build) {
    int dimension = rows.dimension();
    int runs = (rows.rowCount() + RUN_ROWS - 1) / RUN_ROWS;
    float[] vectors = new float[RUN_ROWS * dimension];
    for (int run; (run = nextRun.getAndIncrement()) < runs; ) {
      build.checkNotStopped();
      int first = run * RUN_ROWS;
      int count = Math.min(RUN_ROWS, rows.rowCount() - first);
      rows.copy(first, count, vectors, 0);
      for (int i = 0; i < count; i++) {
        coder.encode(vectors, i * dimension, first + i);
      }
    }
  }

  /** Bytes that training needs at once: the sample, and what the directions are found by. */
  public static long workBytes(int dimension) {
    long principal = Math.min(dimension, Int8Quantizer.MAX_PRINCIPAL_DIMENSION);
    return Int8Quantizer.MAX_SAMPLE_ROWS * (long) dimension * Float.BYTES
        + 2 * principal * principal * Double.BYTES;
  }
}
