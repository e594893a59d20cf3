package io.proximadb.index.ivf;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.approximate.Calibration;
import io.proximadb.index.approximate.RowCoding;
import io.proximadb.model.ClusterId;
import io.proximadb.model.Metric;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.cluster.Assigner;
import io.proximadb.vector.cluster.Centroids;
import io.proximadb.vector.cluster.KMeans;
import io.proximadb.vector.quantize.Int8Quantizer;
import io.proximadb.vector.quantize.ProductQuantizer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Builds an index. Vectors are read once, to be coded; lists are found by the codes. Rows that the
 * file has in the order of clusters stay where they are, and each run of a cluster is a list.
 */
final class IvfBuilder {
  /** Rows that lists are trained on, for each; with more, centroids move by little. */
  private static final int SAMPLE_ROWS_A_LIST = 64;

  /** Bytes of the sample as floats. */
  private static final long MAX_SAMPLE_BYTES = 64L << 20;

  /** Rows that a thread puts into lists at a time. */
  private static final int RUN_ROWS = 1_024;

  /**
   * The clusters of a file are its lists if there are so many times fewer, or more, than lists that
   * suit the rows: a search that looks at few large ones scores more rows, one that chooses from
   * many small ones more centroids.
   */
  private static final int MOST_TIMES = 3;

  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

  final VectorRows rows;
  final Int8Quantizer quantizer;
  final IvfSettings settings;
  final IndexBuild build;

  /** In the order of rows, from {@link IvfIndex#FIRST_ROW} on. */
  final byte[] codes;

  private final @Nullable ProductQuantizer product;

  /** Of all rows in their order, by products; empty without. */
  private final byte[] products;

  /** A builder without codes yet. */
  IvfBuilder(
      VectorRows rows,
      Int8Quantizer quantizer,
      @Nullable ProductQuantizer product,
      IvfSettings settings,
      IndexBuild build) {
    this.rows = rows;
    this.quantizer = quantizer;
    this.product = product;
    this.settings = settings;
    this.build = build;
    this.codes = IvfIndex.room(rows.rowCount(), quantizer.rowBytes());
    this.products =
        product == null ? new byte[0] : IvfIndex.room(rows.rowCount(), product.rowBytes());
  }

  /**
   * Builds the index of all rows of a source, not calibrated. Deleted ones may be among them:
   * searches are told which rows are live.
   *
   * @param clusters of the rows, if they are in that order by this field; else null
   * @throws InvalidArgumentException if there are no rows or no codes support the metric
   * @throws io.proximadb.error.ResourceExhaustedException if the codes do not fit one array
   */
  static IvfIndex build(
      VectorRows rows,
      Metric metric,
      @Nullable ClusterRuns clusters,
      IvfSettings settings,
      IndexBuild build) {
    if (rows.rowCount() < 1) {
      throw new InvalidArgumentException("Cannot build an index of no rows (expected at least 1)");
    }
    build.checkNotStopped();
    Int8Quantizer quantizer = RowCoding.train(rows, metric, settings.codes(), settings.seed());
    ProductQuantizer product =
        settings.parts() == IvfSettings.NO_PARTS
            ? null
            : RowCoding.trainProduct(rows, quantizer, settings.parts(), settings.seed());
    build.checkNotStopped();
    IvfBuilder builder = new IvfBuilder(rows, quantizer, product, settings, build);
    RowCoding.encode(rows, builder::encode, build);
    return builder.build(clusters);
  }

  private void encode(float[] vectors, int offset, int row) {
    quantizer.encode(vectors, offset, codes, IvfIndex.FIRST_ROW + row * quantizer.rowBytes());
    if (product != null) {
      product.encode(vectors, offset, products, IvfIndex.FIRST_ROW + row * product.rowBytes());
    }
  }

  /** Lists of so many rows: their square root, so that as many centroids as rows are scored. */
  static int lists(int rows, IvfSettings settings) {
    int wanted =
        settings.lists() == IvfSettings.BY_ROWS
            ? (int) Math.round(Math.sqrt(rows))
            : settings.lists();
    return Math.max(1, Math.min(rows, Math.min(IvfSettings.MAX_LISTS, wanted)));
  }

  /** Bytes that a build takes beside the index: codes in the order of rows, and the sample. */
  static long workBytes(int rows, int dimension, IvfSettings settings) {
    int codes = Math.min(settings.codes(), dimension);
    long sample = Math.min(rows, (long) SAMPLE_ROWS_A_LIST * lists(rows, settings));
    long sampleBytes = Math.min(MAX_SAMPLE_BYTES, sample * codes * Float.BYTES);
    long coded = (long) rows * (Int8Quantizer.rowBytes(codes) + Integer.BYTES);
    int parts = settings.parts(dimension);
    // By products rows are coded twice and put in order in both ways, and the sample is cut.
    long twice =
        parts == IvfSettings.NO_PARTS
            ? 0
            : (long) rows * (Int8Quantizer.rowBytes(codes) + ProductQuantizer.rowBytes(parts))
                + 2L * Int8Quantizer.MAX_SAMPLE_ROWS * codes * Float.BYTES;
    return coded + twice + 2 * sampleBytes + RowCoding.workBytes(dimension);
  }

  private IvfIndex build(@Nullable ClusterRuns clusters) {
    RowLists lists = clusters == null ? null : ofClusters(clusters);
    return of(lists == null ? trained() : lists);
  }

  /** The index of rows that are coded, by these lists. */
  IvfIndex of(RowLists lists) {
    byte[] inLists = inOrderOf(lists, codes, quantizer.rowBytes());
    byte[] centroids = centroids(lists, inLists);
    byte[] kept = product == null ? inLists : inOrderOf(lists, products, product.rowBytes());
    return new IvfIndex(quantizer, product, lists, centroids, kept, Calibration.NONE);
  }

  /** The clusters of the file, if all rows have one and there are about as many as lists wanted. */
  @Nullable RowLists ofClusters(ClusterRuns clusters) {
    int wanted = lists(rows.rowCount(), settings);
    boolean suit =
        settings.lists() == IvfSettings.BY_ROWS
            && (long) clusters.count() * MOST_TIMES >= wanted
            && clusters.count() <= (long) wanted * MOST_TIMES;
    if (!suit) {
      return null;
    }
    int[] starts = new int[clusters.count() + 1];
    for (int run = 0; run < clusters.count(); run++) {
      if (clusters.id(run) == ClusterId.NONE) {
        return null;
      }
      starts[run] = clusters.start(run);
    }
    starts[clusters.count()] = clusters.rowCount();
    return RowLists.inOrder(starts);
  }

  /** Lists by k-means on what the codes stand for. */
  RowLists trained() {
    int wanted = lists(rows.rowCount(), settings);
    int directions = quantizer.codes();
    long most = MAX_SAMPLE_BYTES / ((long) directions * Float.BYTES);
    int count = (int) Math.min(rows.rowCount(), Math.min(most, (long) SAMPLE_ROWS_A_LIST * wanted));
    float[] sample = new float[count * directions];
    for (int i = 0; i < count; i++) {
      decode((int) ((long) i * rows.rowCount() / count), sample, i * directions);
    }
    build.checkNotStopped();
    Centroids centroids =
        KMeans.train(Metric.EUCLIDEAN, directions, sample, count, wanted, settings.seed())
            .centroids();
    int[] listOf = new int[rows.rowCount()];
    AtomicInteger nextRun = new AtomicInteger();
    build.inParallel(() -> () -> assignRuns(centroids, listOf, nextRun));
    return RowLists.ofEach(listOf, centroids.count());
  }

  private void assignRuns(Centroids centroids, int[] listOf, AtomicInteger nextRun) {
    Assigner assigner = centroids.assigner();
    float[] row = new float[quantizer.codes()];
    int runs = (int) (((long) listOf.length + RUN_ROWS - 1) / RUN_ROWS);
    for (int run; (run = nextRun.getAndIncrement()) < runs; ) {
      build.checkNotStopped();
      int end = (int) Math.min(listOf.length, (run + 1L) * RUN_ROWS);
      for (int i = run * RUN_ROWS; i < end; i++) {
        decode(i, row, 0);
        listOf[i] = assigner.assign(row);
      }
    }
  }

  /** What the codes of a row stand for, in steps. */
  void decode(int row, float[] target, int at) {
    int from = IvfIndex.FIRST_ROW + row * quantizer.rowBytes();
    for (int i = 0; i < quantizer.codes(); i++) {
      target[at + i] = codes[from + i];
    }
  }

  private static byte[] inOrderOf(RowLists lists, byte[] coded, int rowBytes) {
    if (lists.isInOrder()) {
      return coded;
    }
    byte[] ordered = new byte[coded.length];
    for (int position = 0; position < lists.rows(); position++) {
      System.arraycopy(
          coded,
          IvfIndex.FIRST_ROW + lists.row(position) * rowBytes,
          ordered,
          IvfIndex.FIRST_ROW + position * rowBytes,
          rowBytes);
    }
    return ordered;
  }

  /**
   * The means of the rows that are really in the lists, by what their codes stand for: their rests
   * are as long in all lists, about, so that nothing of these is kept.
   */
  private byte[] centroids(RowLists lists, byte[] ordered) {
    int rowBytes = quantizer.rowBytes();
    byte[] centroids = new byte[Math.multiplyExact(lists.count(), rowBytes)];
    float step = quantizer.parameters().step();
    long[] sums = new long[quantizer.codes()];
    for (int list = 0; list < lists.count(); list++) {
      Arrays.fill(sums, 0);
      double corrections = 0;
      int size = lists.start(list + 1) - lists.start(list);
      for (int position = lists.start(list); position < lists.start(list + 1); position++) {
        int at = IvfIndex.FIRST_ROW + position * rowBytes;
        for (int i = 0; i < sums.length; i++) {
          sums[i] += ordered[at + i];
        }
        corrections += quantizer.correction(ordered, at);
      }
      int at = list * rowBytes;
      double square = 0;
      for (int i = 0; i < sums.length; i++) {
        double mean = sums[i] / (double) size;
        centroids[at + i] = (byte) Math.round(mean);
        square += mean * mean * step * step;
      }
      double correction = quantizer.metric() == Metric.DOT ? corrections / size : square;
      FLOAT.set(centroids, at + rowBytes - 3 * Float.BYTES, (float) correction);
    }
    return centroids;
  }
}
