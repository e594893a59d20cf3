package io.proximadb.index.hnsw;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.approximate.Calibration;
import io.proximadb.index.approximate.Calibrator;
import io.proximadb.index.approximate.RowCoding;
import io.proximadb.model.Metric;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.quantize.Int8Quantizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;

/**
 * The graph of the rows of one immutable source, and their codes. Does not hold the vectors: {@link
 * HnswSearcher} reads them where they are. Immutable and safe for use by several threads.
 *
 * <p>Memory is {@link #memoryBytes()}, known before a build by {@link #memoryBytes(int, int,
 * HnswSettings)}; a build needs about the same once more for each thread at most, see there.
 */
public final class HnswIndex implements VectorIndex {
  /** Rows that walks keep for which recall is measured. */
  private static final int[] EFFORTS = {
    10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 896
  };

  private final CodedRows codes;
  private final HnswGraph graph;
  private final Calibration calibration;

  HnswIndex(CodedRows codes, HnswGraph graph, Calibration calibration) {
    this.codes = codes;
    this.graph = graph;
    this.calibration = calibration;
  }

  /**
   * Builds the index of all rows of a source. Deleted ones may be among them: searches are told
   * which rows are live.
   *
   * @param metric EUCLIDEAN, COSINE or DOT
   * @param build by one thread, equal rows and settings give an equal index on one kind of machine
   * @throws InvalidArgumentException if there are no rows or no graph supports the metric
   * @throws io.proximadb.error.ResourceExhaustedException if the codes do not fit one array
   */
  public static HnswIndex build(
      VectorRows rows, Metric metric, HnswSettings settings, IndexBuild build) {
    if (rows.rowCount() < 1 || build.threads() < 1) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Cannot build an index: %d rows by %d threads (expected at least 1)",
              rows.rowCount(),
              build.threads()));
    }
    Int8Quantizer quantizer = RowCoding.train(rows, metric, settings.codes(), settings.seed());
    CodedRows codes = new CodedRows(quantizer, rows.rowCount());
    RowCoding.encode(rows, quantizer, codes.bytes, CodedRows.FIRST_ROW, build);
    return new HnswIndex(codes, GraphBuilder.build(codes, settings, build), Calibration.NONE);
  }

  public Metric metric() {
    return codes.quantizer.metric();
  }

  public int dimension() {
    return codes.quantizer.dimension();
  }

  @Override
  public int rowCount() {
    return graph.rows;
  }

  /** Bytes on the heap: codes, links and directions. */
  @Override
  public long memoryBytes() {
    return codes.bytes.length + graph.memoryBytes() + codes.quantizer.memoryBytes();
  }

  /**
   * Bytes that an index will take on the heap, within a hundredth: the share of rows in upper
   * layers is drawn. Each thread of a build and each searcher needs a bit for each row besides, a
   * build once 4 bytes for each row.
   */
  public static long memoryBytes(int rowCount, int dimension, HnswSettings settings) {
    int codes = Math.min(settings.codes(), dimension);
    double slots = rowCount / (double) (Math.max(8, settings.upperDegree()) - 1);
    double slotLists = slots * settings.upperDegree() * Integer.BYTES + slots * Integer.BYTES;
    long row = Int8Quantizer.rowBytes(codes) + (long) settings.degree() * Integer.BYTES;
    return rowCount * row + (long) slotLists + (long) codes * dimension * (Float.BYTES + 1);
  }

  /** The same index after measuring what its searches reach. */
  public HnswIndex calibrated(VectorRows rows, IndexBuild build) {
    int[] efforts = Arrays.stream(EFFORTS).filter(ef -> ef <= rows.rowCount()).toArray();
    HnswSearcher search = new HnswSearcher(this, rows);
    return new HnswIndex(codes, graph, Calibrator.measure(metric(), rows, search, efforts, build));
  }

  @Override
  public boolean isExact() {
    return false;
  }

  @Override
  public HnswSearcher newSearcher(VectorRows rows) {
    return new HnswSearcher(this, rows);
  }

  @Override
  public void write(UUID source, OutputStream out) throws IOException {
    HnswWriter.write(this, source, out);
  }

  Calibration calibration() {
    return calibration;
  }

  HnswGraph graph() {
    return graph;
  }

  CodedRows codes() {
    return codes;
  }
}
