package io.proximadb.index.flat;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.VectorSearcher;
import io.proximadb.model.Metric;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.quantize.NestedQuantizer;
import io.proximadb.vector.quantize.NestedRow;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The rows of one immutable source in codes, by which an exact search leaves out most rows without
 * reading their vectors: a lower bound of each row's score is proven by its codes, and only rows
 * whose bound is within the best found so far are scored. Answers are those of {@link FlatSearch},
 * bit for bit. Immutable and safe for use by several threads.
 *
 * <p>Coarse codes of all rows stand in columns, see {@link CodeKernels#dotColumns}, fine codes row
 * by row. Beside each stand the sum of the squares of the codes and how far they are from the row.
 */
public final class FlatIndex implements VectorIndex {
  /**
   * Bytes before the first coarse code. Elements of a large array begin 16 bytes after a multiple
   * of 64 on the collectors that keep large objects by themselves, so that a column of a block is a
   * cache line from here on.
   */
  static final int FIRST_BLOCK = 48;

  /** Rows that are read and coded at a time; of 1,536 dimensions these are 1.5 MiB. */
  private static final int RUN_ROWS = 256;

  /** What stands behind the fine codes of a row: a coarse code, a sum and a slack. */
  private static final int FINE_FOOTER_BYTES = 1 + 2 * Float.BYTES;

  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  final NestedQuantizer quantizer;
  private final int rows;
  final byte[] coarse;
  final float[] coarseSquares;
  final float[] coarseSlacks;

  /** Rows of fine codes, each with its last coarse code, the sum of its squares and its slack. */
  final byte[] fine;

  /** The largest of the sums of squares of coarse codes. */
  final float largestSquare;

  FlatIndex(NestedQuantizer quantizer, Codes codes) {
    this.quantizer = quantizer;
    this.rows = codes.rows;
    this.coarse = codes.coarse;
    this.coarseSquares = codes.coarseSquares;
    this.coarseSlacks = codes.coarseSlacks;
    this.fine = codes.fine;
    float largest = 0;
    for (float square : coarseSquares) {
      largest = Math.max(largest, square);
    }
    this.largestSquare = largest;
  }

  /** Room for the codes of rows, to be filled. */
  static final class Codes {
    final int rows;
    final byte[] coarse;
    final float[] coarseSquares;
    final float[] coarseSlacks;
    final byte[] fine;

    Codes(int rows, int coarseCodes, int fineCodes) {
      this.rows = rows;
      int padded = blocks(rows) * CodeKernels.BLOCK_ROWS;
      this.coarse = codes(FIRST_BLOCK, padded, coarseCodes);
      this.coarseSquares = new float[padded];
      this.coarseSlacks = new float[padded];
      this.fine = codes(0, rows, fineRowBytes(fineCodes));
    }

    private static byte[] codes(int before, int rows, int rowCodes) {
      long size = before + (long) rows * rowCodes;
      if (size > Integer.MAX_VALUE - 64) {
        throw new ResourceExhaustedException(
            String.format(
                Locale.ROOT,
                "Cannot index %d rows of %d codes at once (expected at most 2 GiB of codes): index"
                    + " smaller files, or fewer directions",
                rows,
                rowCodes));
      }
      return new byte[(int) size];
    }

    void put(int row, NestedRow coded) {
      int at = coarseOffset(row, coded.coarse.length);
      for (byte code : coded.coarse) {
        coarse[at] = code;
        at += CodeKernels.BLOCK_ROWS;
      }
      coarseSquares[row] = coded.coarseSquare;
      coarseSlacks[row] = coded.coarseSlack;
      if (coded.fine.length > 0) {
        int fineAt = row * fineRowBytes(coded.fine.length);
        System.arraycopy(coded.fine, 0, fine, fineAt, coded.fine.length);
        fineAt += coded.fine.length;
        fine[fineAt] = coded.coarse[coded.coarse.length - 1];
        FLOAT.set(fine, fineAt + 1, coded.fineSquare);
        FLOAT.set(fine, fineAt + 1 + Float.BYTES, coded.fineSlack);
      }
    }
  }

  static int blocks(int rows) {
    return (int) (((long) rows + CodeKernels.BLOCK_ROWS - 1) / CodeKernels.BLOCK_ROWS);
  }

  /**
   * Codes all rows of a source. Deleted ones may be among them: searches are told which rows are
   * live.
   *
   * @param metric EUCLIDEAN, COSINE or DOT
   * @param directions of both stages, see {@link NestedQuantizer}
   * @param seed equal rows, settings and seeds give equal codes on one kind of machine
   * @throws InvalidArgumentException if there are no rows or the metric has no bounds
   * @throws ResourceExhaustedException if the codes do not fit one array
   */
  public static FlatIndex build(
      VectorRows rows, Metric metric, int directions, long seed, IndexBuild build) {
    int count = rows.rowCount();
    if (count < 1) {
      throw new InvalidArgumentException("Cannot build an index of no rows (expected at least 1)");
    }
    int dimension = rows.dimension();
    int sampled = Math.min(count, NestedQuantizer.MAX_SAMPLE_ROWS);
    float[] sample = new float[Math.multiplyExact(sampled, dimension)];
    for (int i = 0; i < sampled; i++) {
      rows.copy((int) ((long) i * count / sampled), 1, sample, i * dimension);
    }
    build.checkNotStopped();
    NestedQuantizer quantizer =
        NestedQuantizer.train(metric, dimension, sample, sampled, directions, seed);
    Codes codes = new Codes(count, quantizer.coarseCodes(), quantizer.fineCodes());
    AtomicInteger nextRun = new AtomicInteger();
    build.inParallel(() -> () -> encodeRuns(rows, quantizer, codes, nextRun, build));
    return new FlatIndex(quantizer, codes);
  }

  private static void encodeRuns(
      VectorRows vectors,
      NestedQuantizer quantizer,
      Codes codes,
      AtomicInteger nextRun,
      IndexBuild build) {
    int dimension = vectors.dimension();
    int rows = vectors.rowCount();
    int runs = (int) (((long) rows + RUN_ROWS - 1) / RUN_ROWS);
    float[] run = new float[Math.min(rows, RUN_ROWS) * dimension];
    NestedRow coded = new NestedRow(quantizer);
    for (int at; (at = nextRun.getAndIncrement()) < runs; ) {
      build.checkNotStopped();
      int first = at * RUN_ROWS;
      int count = Math.min(RUN_ROWS, rows - first);
      vectors.copy(first, count, run, 0);
      for (int i = 0; i < count; i++) {
        quantizer.encode(run, i * dimension, coded);
        codes.put(first + i, coded);
      }
    }
  }

  /** Where the first coarse code of a row stands. */
  int coarseOffset(int row) {
    return coarseOffset(row, quantizer.coarseCodes());
  }

  private static int coarseOffset(int row, int coarseCodes) {
    int block = row / CodeKernels.BLOCK_ROWS;
    return FIRST_BLOCK
        + block * CodeKernels.BLOCK_ROWS * coarseCodes
        + row % CodeKernels.BLOCK_ROWS;
  }

  /** Bytes of a row of the fine stage, 0 if there is none. */
  static int fineRowBytes(int fineCodes) {
    return fineCodes == 0 ? 0 : fineCodes + FINE_FOOTER_BYTES;
  }

  /** Where the fine codes of a row stand. */
  int fineOffset(int row) {
    return row * fineRowBytes(quantizer.fineCodes());
  }

  /** The last coarse code of a row, that of its rest. */
  byte restCode(int fineOffset) {
    return fine[fineOffset + quantizer.fineCodes()];
  }

  /** Sum of the squares of the fine codes. */
  float fineSquare(int fineOffset) {
    return (float) FLOAT.get(fine, fineOffset + quantizer.fineCodes() + 1);
  }

  /** How far the codes of both stages are from the row. */
  float fineSlack(int fineOffset) {
    return (float) FLOAT.get(fine, fineOffset + quantizer.fineCodes() + 1 + Float.BYTES);
  }

  @Override
  public int rowCount() {
    return rows;
  }

  @Override
  public long memoryBytes() {
    long floats = 2L * coarseSquares.length * Float.BYTES;
    return coarse.length + fine.length + floats + quantizer.memoryBytes();
  }

  /** Bytes that an index will take on the heap at most, but for a last block. */
  static long memoryBytes(int rows, int dimension, int directions) {
    long kept = Math.min(directions, dimension);
    return rows * (kept + 2 + FINE_FOOTER_BYTES + 2L * Float.BYTES)
        + 2 * kept * dimension * Float.BYTES;
  }

  /**
   * Bytes that a build takes besides: the sample, once more in columns, and what training keeps.
   */
  static long buildBytes(int rows, int dimension, int threads) {
    long sample = Math.min(rows, NestedQuantizer.MAX_SAMPLE_ROWS);
    long covariance = (long) dimension * dimension;
    return Float.BYTES
        * (2 * sample * dimension + covariance + (long) threads * RUN_ROWS * dimension);
  }

  @Override
  public boolean isExact() {
    return true;
  }

  @Override
  public VectorSearcher newSearcher(VectorRows vectors) {
    return new FlatIndexSearcher(this, vectors);
  }

  @Override
  public void write(UUID source, OutputStream out) throws IOException {
    FlatIndexFiles.write(this, source, out);
  }
}
