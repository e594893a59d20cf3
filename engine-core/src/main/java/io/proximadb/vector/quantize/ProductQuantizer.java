package io.proximadb.vector.quantize;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import io.proximadb.vector.cluster.Centroids;
import io.proximadb.vector.cluster.KMeans;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;

/*
 * Of a row's part p along the directions the code stands for c, the nearest centroids of all parts,
 * with a = |p - c|. For a query's part q, |q - p|^2 = |q|^2 + |c|^2 - a^2 - 2 q.c - 2 (q - p).(p - c).
 * Leaving out the last term gives the estimate. So it is off by at most 2 |q - p| a, which is little
 * where the two are near each other, and estimate + a^2 is |q - c|^2, from which |q - p| differs by at
 * most a: the triangle inequality. -q.p is off by at most |q| a.
 */
/**
 * Codes the directions of an {@link Int8Quantizer} in parts of a few, each by the number of the
 * nearest of {@value #CENTROIDS} centroids: a product quantizer [1]. Estimates add up one number of
 * a table for each part. Immutable and safe for use by several threads.
 *
 * <p>The directions are rotated at random among themselves, so that all parts have about as much to
 * tell and none has to be chosen.
 *
 * <p>A coded row is {@link #rowBytes()} long: a byte for each part, then the correction, a
 * little-endian float. A row that is not finite is coded as one that is far from all.
 *
 * <p>[1] Jégou, Douze and Schmid, Product Quantization for Nearest Neighbor Search, PAMI 2011.
 */
public final class ProductQuantizer {
  /** Centroids of a part: a code is a byte. */
  public static final int CENTROIDS = 256;

  private static final int FOOTER_BYTES = Float.BYTES;
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VectorKernels KERNELS = Kernels.best();

  private final Int8Quantizer whole;
  private final Reduction space;
  private final int parts;

  /** Component by component: those of all centroids of its part. */
  private final float[] book;

  /**
   * A quantizer that was trained before.
   *
   * @param whole of the directions
   * @param parts that these are cut into
   * @param book {@value #CENTROIDS} floats for each direction: its component of each centroid of
   *     the part it is in
   */
  public ProductQuantizer(Int8Quantizer whole, int parts, float[] book) {
    if (parts < 1 || parts > whole.codes() || book.length != whole.codes() * CENTROIDS) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid product quantizer: %d parts, %d floats (expected 1 to %d parts, %d floats)",
              parts,
              book.length,
              whole.codes(),
              whole.codes() * CENTROIDS));
    }
    this.whole = whole;
    this.space = whole.space();
    this.parts = parts;
    this.book = book;
  }

  /**
   * Trains on a sample.
   *
   * @param whole of the directions
   * @param sample rows end to end
   * @param count of rows, at least 1
   * @param wanted parts; with more than directions there are as many as directions
   */
  public static ProductQuantizer train(
      Int8Quantizer whole, float[] sample, int count, int wanted, long seed) {
    if (count < 1 || wanted < 1) {
      throw new InvalidArgumentException(
          "Invalid training: " + count + " rows, " + wanted + " parts (expected at least 1)");
    }
    Reduction space = whole.space();
    int directions = space.directions;
    int parts = Math.min(wanted, directions);
    float[] coded = new float[Math.multiplyExact(count, directions)];
    int finite = 0;
    for (int row = 0; row < count; row++) {
      float[] centred = space.centred(sample, row * space.dimension);
      if (space.squaredLength(centred) < Reduction.FAR) {
        System.arraycopy(space.part(centred), 0, coded, finite++ * directions, directions);
      }
    }
    float[] book = new float[directions * CENTROIDS];
    for (int part = 0; part < parts && finite > 0; part++) {
      int from = first(part, parts, directions);
      int size = first(part + 1, parts, directions) - from;
      float[] components = new float[finite * size];
      for (int row = 0; row < finite; row++) {
        System.arraycopy(coded, row * directions + from, components, row * size, size);
      }
      Centroids centroids =
          KMeans.train(Metric.EUCLIDEAN, size, components, finite, CENTROIDS, seed + part)
              .centroids();
      for (int code = 0; code < CENTROIDS; code++) {
        // Few distinct rows have few centroids; the last stands for the others then.
        float[] centroid = centroids.centroid(Math.min(code, centroids.count() - 1));
        for (int i = 0; i < size; i++) {
          book[(from + i) * CENTROIDS + code] = centroid[i];
        }
      }
    }
    return new ProductQuantizer(whole, parts, book);
  }

  /** The first direction of a part. */
  private static int first(int part, int parts, int directions) {
    return (int) ((long) part * directions / parts);
  }

  /** What it was trained to be, for {@link #ProductQuantizer}. Do not change it. */
  public float[] book() {
    return book;
  }

  public int dimension() {
    return space.dimension;
  }

  /** Parts of the directions: bytes of a row beside its correction. */
  public int parts() {
    return parts;
  }

  /** Bytes of a coded row. */
  public int rowBytes() {
    return rowBytes(parts);
  }

  /** Bytes of a row of so many parts. */
  public static int rowBytes(int parts) {
    return parts + FOOTER_BYTES;
  }

  /** Bytes of the centroids in memory; the directions are those of the int8 quantizer. */
  public static long memoryBytes(int directions) {
    return (long) directions * CENTROIDS * Float.BYTES;
  }

  /**
   * Codes a row into {@link #rowBytes()} bytes.
   *
   * @return what bounds of its estimates need
   */
  public BitErrors encode(float[] rows, int offset, byte[] coded, int at) {
    float[] row = space.centred(rows, offset);
    float[] part = space.part(row);
    float[] distances = new float[CENTROIDS];
    double kept = 0;
    double stands = 0;
    double error = 0;
    for (int i = 0; i < parts; i++) {
      int from = first(i, parts, space.directions);
      int end = first(i + 1, parts, space.directions);
      int code = nearest(part, from, end, distances);
      coded[at + i] = (byte) code;
      for (int j = from; j < end; j++) {
        double component = book[j * CENTROIDS + code];
        double lost = part[j] - component;
        kept += (double) part[j] * part[j];
        stands += component * component;
        error += lost * lost;
      }
    }
    double rest = Math.max(0, space.squaredLength(row) - kept);
    float correction = space.correction(row, stands - error, rest);
    if (!Rows.isFinite(rows, offset, space.dimension) || !(Math.abs(correction) < Reduction.FAR)) {
      Arrays.fill(coded, at, at + parts, (byte) 0);
      FLOAT.set(coded, at + parts, Reduction.FAR);
      return new BitErrors(Float.POSITIVE_INFINITY, 0, 0);
    }
    FLOAT.set(coded, at + parts, correction);
    return new BitErrors(
        (float) Math.sqrt(kept), (float) Math.sqrt(error), (float) Math.sqrt(rest));
  }

  /** The nearest centroid of the part from one direction to another. */
  private int nearest(float[] part, int from, int end, float[] distances) {
    Arrays.fill(distances, 0);
    for (int j = from; j < end; j++) {
      float component = part[j];
      int column = j * CENTROIDS;
      for (int code = 0; code < CENTROIDS; code++) {
        float difference = component - book[column + code];
        distances[code] += difference * difference;
      }
    }
    int best = 0;
    for (int code = 1; code < CENTROIDS; code++) {
      best = distances[code] < distances[best] ? code : best;
    }
    return best;
  }

  /** What a row adds to its estimates. */
  public float correction(byte[] coded, int at) {
    return (float) FLOAT.get(coded, at + parts);
  }

  /** A query whose estimates have bounds. */
  public ProductQuery query(float[] query) {
    float[] centred = space.centred(query);
    return query(centred, space.part(centred));
  }

  /** A query for estimates alone, see {@link Int8Quantizer#coarseQuery}. */
  public ProductQuery coarseQuery(float[] query) {
    float[] centred = space.centred(query);
    return query(centred, space.coarsePart(centred));
  }

  private ProductQuery query(float[] centred, float[] part) {
    float[] tables = new float[parts * CENTROIDS];
    float factor = (float) space.targetFactor();
    for (int i = 0; i < parts; i++) {
      int table = i * CENTROIDS;
      int end = first(i + 1, parts, space.directions);
      for (int j = first(i, parts, space.directions); j < end; j++) {
        float component = factor * part[j];
        int column = j * CENTROIDS;
        for (int code = 0; code < CENTROIDS; code++) {
          tables[table + code] += component * book[column + code];
        }
      }
    }
    double kept = KERNELS.dot(part, 0, part, 0, part.length);
    double rest = Math.max(0, space.squaredLength(centred) - kept);
    return new ProductQuery(
        tables,
        whole.coded(centred, part),
        (float) space.constant(centred, kept, rest),
        kept,
        rest);
  }

  /**
   * What the codes of rows take off their estimates.
   *
   * @param tables of a query
   * @param offsets where the first {@code count} rows begin
   * @param sums filled from index 0
   */
  public void sums(float[] tables, byte[] coded, int[] offsets, int count, float[] sums) {
    int row = 0;
    for (; row + 4 <= count; row += 4) {
      sums4(tables, coded, offsets, row, sums);
    }
    for (; row < count; row++) {
      float sum = 0;
      for (int i = 0; i < parts; i++) {
        sum += tables[i * CENTROIDS + (coded[offsets[row] + i] & 0xff)];
      }
      sums[row] = sum;
    }
  }

  /** Four rows, interleaved: four chains of additions instead of one. */
  private void sums4(float[] tables, byte[] coded, int[] offsets, int row, float[] sums) {
    int at0 = offsets[row];
    int at1 = offsets[row + 1];
    int at2 = offsets[row + 2];
    int at3 = offsets[row + 3];
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    for (int i = 0, table = 0; i < parts; i++, table += CENTROIDS) {
      sum0 += tables[table + (coded[at0 + i] & 0xff)];
      sum1 += tables[table + (coded[at1 + i] & 0xff)];
      sum2 += tables[table + (coded[at2 + i] & 0xff)];
      sum3 += tables[table + (coded[at3 + i] & 0xff)];
    }
    sums[row] = sum0;
    sums[row + 1] = sum1;
    sums[row + 2] = sum2;
    sums[row + 3] = sum3;
  }

  /**
   * How far the target can be from a row's estimate.
   *
   * @param query of {@link #query(float[])}
   * @param errors what {@link #encode} said of the row
   * @param estimate of the row for the query
   */
  public EstimateBounds bounds(ProductQuery query, BitErrors errors, double estimate) {
    double error = errors.error();
    double length = errors.length() + error + Math.sqrt(query.squaredPart());
    if (space.metric == Metric.DOT) {
      double dots = error * Math.sqrt(query.squaredPart());
      return space.bounds(dots, errors.rest(), query.squaredRest(), length);
    }
    double rest = errors.rest();
    double queryRest = Math.sqrt(query.squaredRest());
    double rests = (1 - Reduction.REST_COSINE) * (rest * rest + query.squaredRest());
    double rounding = space.rounding(length + rest + queryRest);
    // The distance along the directions of the query and what the codes stand for.
    double least = Math.sqrt(Math.max(0, estimate - rests + error * error - rounding));
    double most = Math.sqrt(Math.max(0, estimate - rests + error * error + rounding));
    double near = Math.max(0, least - error);
    double far = most + error;
    double nearRests = rest - queryRest;
    double farRests = rest + queryRest;
    return new EstimateBounds(
        Math.max(0, estimate - (near * near + nearRests * nearRests) + rounding),
        Math.max(0, far * far + farRests * farRests - estimate + rounding));
  }
}
