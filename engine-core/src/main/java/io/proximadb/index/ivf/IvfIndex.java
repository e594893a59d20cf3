package io.proximadb.index.ivf;

import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.approximate.Calibration;
import io.proximadb.index.approximate.Calibrator;
import io.proximadb.model.Metric;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.quantize.Int8Quantizer;
import io.proximadb.vector.quantize.ProductQuantizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The lists of the rows of one immutable source, their centroids, and the codes of rows in the
 * order of lists. Does not hold the vectors: {@link IvfSearcher} reads them where they are.
 * Immutable and safe for use by several threads.
 */
public final class IvfIndex implements VectorIndex {
  /**
   * Bytes before the first row. Elements of a large array begin 16 bytes after a multiple of 64 on
   * the collectors that keep large objects by themselves, so that rows of 64 bytes fill whole cache
   * lines from here on.
   */
  static final int FIRST_ROW = 48;

  /** Numbers of lists looked through for which recall is measured. */
  private static final int[] EFFORTS = {
    1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128, 181, 256, 362, 512
  };

  /**
   * No walk looks at more than that share of the lists: a look at the codes of all rows would cost
   * not much more.
   */
  private static final double MOST_LISTS = 0.6;

  /** What an index that was carried over has to reach where the one before did. */
  private static final double[] COMPARED_RECALLS = {0.95, 0.99};

  /** Less than that by chance: what is measured of 192 queries differs by so much. */
  private static final double LESS_RECALL = 0.01;

  /** Times the share of the rows that were scored before. */
  private static final double MOST_MORE_SCORED = 1.1;

  final Int8Quantizer quantizer;

  /** By what rows are coded, of the same directions; null if by {@link #quantizer} as centroids. */
  final @Nullable ProductQuantizer product;

  final RowLists lists;

  /** Coded by {@link #quantizer}, from the first byte on. */
  final byte[] centroids;

  /** By position, from {@link #FIRST_ROW} on. */
  final byte[] codes;

  final Calibration calibration;

  IvfIndex(
      Int8Quantizer quantizer,
      @Nullable ProductQuantizer product,
      RowLists lists,
      byte[] centroids,
      byte[] codes,
      Calibration calibration) {
    this.quantizer = quantizer;
    this.product = product;
    this.lists = lists;
    this.centroids = centroids;
    this.codes = codes;
    this.calibration = calibration;
  }

  /**
   * Room for the codes of rows.
   *
   * @throws ResourceExhaustedException if they do not fit one array
   */
  static byte[] room(int rows, int rowBytes) {
    long size = FIRST_ROW + (long) rows * rowBytes;
    if (size > Integer.MAX_VALUE - 64) {
      throw new ResourceExhaustedException(
          String.format(
              Locale.ROOT,
              "Cannot index %d rows of %d bytes in one file (expected at most 2 GiB of codes):"
                  + " index smaller files, or fewer directions",
              rows,
              rowBytes));
    }
    return new byte[(int) size];
  }

  /** Bytes of a coded row. */
  int rowBytes() {
    return product == null ? quantizer.rowBytes() : product.rowBytes();
  }

  public Metric metric() {
    return quantizer.metric();
  }

  public int dimension() {
    return quantizer.dimension();
  }

  /** How many lists there are. */
  public int listCount() {
    return lists.count();
  }

  /** True if the rows of the file are in the order of lists, so that nothing is kept of it. */
  public boolean isInOrder() {
    return lists.isInOrder();
  }

  @Override
  public int rowCount() {
    return lists.rows();
  }

  /** Bytes on the heap: codes, lists, centroids and directions. */
  @Override
  public long memoryBytes() {
    return codes.length
        + (long) centroids.length
        + lists.memoryBytes()
        + quantizer.memoryBytes()
        + (product == null ? 0 : ProductQuantizer.memoryBytes(quantizer.codes()));
  }

  /** Bytes that an index takes on the heap at most. */
  static long memoryBytes(int rows, int dimension, int lists, IvfSettings settings) {
    int codes = Math.min(settings.codes(), dimension);
    int parts = settings.parts(dimension);
    boolean product = parts != IvfSettings.NO_PARTS;
    int coded = product ? ProductQuantizer.rowBytes(parts) : Int8Quantizer.rowBytes(codes);
    return rows * (coded + 2L * Integer.BYTES)
        + (product ? ProductQuantizer.memoryBytes(codes) : 0)
        + lists * (long) (Int8Quantizer.rowBytes(codes) + Integer.BYTES)
        + (long) codes * dimension * (Float.BYTES + 1);
  }

  /** The same index after measuring what its searches reach. */
  IvfIndex calibrated(VectorRows rows, IndexBuild build) {
    int most = (int) Math.max(1, MOST_LISTS * lists.count());
    int[] efforts = Arrays.stream(EFFORTS).filter(effort -> effort <= most).toArray();
    IvfSearcher search = new IvfSearcher(this, rows);
    Calibration measured = Calibrator.measure(metric(), rows, search, efforts, build);
    return new IvfIndex(quantizer, product, lists, centroids, codes, measured);
  }

  /**
   * True if it reaches about what an earlier index reached by looking at about the same share of
   * the rows: lists of other sizes cannot be compared effort by effort.
   */
  boolean isAsGoodAs(IvfIndex earlier) {
    for (double recall : COMPARED_RECALLS) {
      OptionalDouble before = earlier.calibration.leastScored(recall);
      OptionalDouble now = calibration.leastScored(recall - LESS_RECALL);
      if (before.isPresent()
          && (now.isEmpty()
              || now.getAsDouble() / rowCount()
                  > MOST_MORE_SCORED * before.getAsDouble() / earlier.rowCount())) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean isExact() {
    return false;
  }

  @Override
  public IvfSearcher newSearcher(VectorRows rows) {
    return new IvfSearcher(this, rows);
  }

  @Override
  public void write(UUID source, OutputStream out) throws IOException {
    IvfFormat.write(this, source, out);
  }
}
