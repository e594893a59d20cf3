package io.proximadb.vector.quantize;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.util.Random;

/**
 * Codes a vector by one bit for each dimension: RaBitQ [1]. Immutable and safe for use by several
 * threads.
 *
 * <p>A row less a centre has a length and a direction {@code o}. After a random rotation the signs
 * of the direction are its code; the corner of the cube {@code (±1, ..., ±1) / sqrt(D)} that they
 * name is {@code x}. As the rotation is random, {@code (x . q) / (x . o)} estimates {@code o . q}
 * for any direction {@code q} without bias, and misses it by more than
 *
 * <pre>
 * epsilon * sqrt((1 - (x . o)^2) / (x . o)^2 / (D - 1))
 * </pre>
 *
 * with a probability that falls like {@code exp(-epsilon^2 / 2)} [1, theorem 3.2].
 *
 * <p>A query is rounded at random to {@value #QUERY_BITS} bits for each dimension and sliced, so
 * that {@code x . q} takes as many AND-popcounts. The rounding error is without bias too and adds
 * its length to the bound in the same way.
 *
 * <p>A coded row is {@link #rowLongs()} long: the bits, then one long that holds, as two floats,
 * the row's distance to the centre (low half) and {@code x . o} (high half).
 *
 * <p>[1] Gao and Long, RaBitQ: Quantizing high-dimensional vectors with a theoretical error bound,
 * SIGMOD 2024, arXiv 2405.12497.
 */
public final class BitQuantizer {
  /** Bits of a query's components; with four the rounding adds little to the error of the rows. */
  static final int QUERY_BITS = 4;

  /**
   * The rotation is a matrix of this many rows and columns at most: 64 MiB of floats. Rotating a
   * vector by it takes as many multiplications.
   */
  static final int MAX_DIMENSION = 4_096;

  private static final int LEVELS = (1 << QUERY_BITS) - 1;
  private static final VectorKernels KERNELS = Kernels.best();
  private static final CodeKernels CODES = KERNELS.codes();

  private final int dimension;
  private final float[] centre;
  private final float[] rotation;
  private final int words;

  /**
   * A quantizer.
   *
   * @param centre near the middle of the rows, finite; copied
   * @param seed of the rotation
   */
  public BitQuantizer(float[] centre, long seed) {
    if (centre.length < 2 || centre.length > MAX_DIMENSION) {
      throw new InvalidArgumentException(
          "Invalid dimension: " + centre.length + " (expected 2 to " + MAX_DIMENSION + ")");
    }
    this.dimension = centre.length;
    this.centre = centre.clone();
    this.words = (dimension + Long.SIZE - 1) / Long.SIZE;
    this.rotation = Projection.train(new float[0], 0, dimension, dimension, new Random(seed));
  }

  public int dimension() {
    return dimension;
  }

  /** Longs of a coded row. */
  public int rowLongs() {
    return words + 1;
  }

  /**
   * Codes a row.
   *
   * @param rows finite where the row lies
   */
  public void encode(float[] rows, int offset, long[] coded, int at) {
    float[] rotated = new float[dimension];
    double length = rotate(rows, offset, rotated);
    double sum = 0;
    for (int word = 0; word < words; word++) {
      long bits = 0;
      for (int i = word * Long.SIZE; i < Math.min(dimension, (word + 1) * Long.SIZE); i++) {
        bits |= rotated[i] > 0 ? 1L << i : 0;
        sum += Math.abs(rotated[i]);
      }
      coded[at + word] = bits;
    }
    // At the centre there is no direction; any alignment does, because it is multiplied by 0.
    double alignment = length == 0 ? 1 : sum / length / Math.sqrt(dimension);
    coded[at + words] =
        ((long) Float.floatToIntBits((float) alignment) << 32)
            | (Float.floatToIntBits((float) length) & 0xffff_ffffL);
  }

  /**
   * Rounds a query.
   *
   * @param random of the rounding
   */
  public BitQuery query(float[] query, Random random) {
    if (query.length != dimension) {
      throw new InvalidArgumentException(
          "Invalid query: dimension " + query.length + " (expected " + dimension + ")");
    }
    float[] rotated = new float[dimension];
    double length = rotate(query, 0, rotated);
    float least = Float.POSITIVE_INFINITY;
    float most = Float.NEGATIVE_INFINITY;
    for (float component : rotated) {
      least = Math.min(least, component);
      most = Math.max(most, component);
    }
    double step = Math.max((most - least) / (double) LEVELS, Float.MIN_NORMAL);
    long[] planes = new long[QUERY_BITS * words];
    long total = 0;
    double error = 0;
    for (int i = 0; i < dimension; i++) {
      double exact = (rotated[i] - least) / step;
      int level = (int) Math.min(LEVELS, Math.floor(exact + random.nextDouble()));
      total += level;
      error += (exact - level) * (exact - level);
      for (int plane = 0; plane < QUERY_BITS; plane++) {
        planes[plane * words + i / Long.SIZE] |= (level >> plane & 1L) << i;
      }
    }
    return new BitQuery(planes, least, step, total, length, Math.sqrt(error) * step);
  }

  /**
   * Estimates squared distances of rows to a query.
   *
   * @param offsets of the first {@code count} coded rows, in longs
   * @param estimates filled from index 0
   */
  public void squaredDistances(
      BitQuery query, long[] coded, int[] offsets, int count, float[] estimates) {
    int[] sums = new int[count];
    CODES.slicedDotGathered(query.planes(), QUERY_BITS, coded, offsets, count, sums);
    for (int i = 0; i < count; i++) {
      double dot = dot(query, coded, offsets[i], sums[i]);
      double length = length(coded, offsets[i]);
      estimates[i] = (float) (length * length + query.length() * query.length() - 2 * dot);
    }
  }

  /**
   * How far the estimate of a row's squared distance is from the truth, at most, but for a chance
   * that falls with epsilon.
   *
   * @param epsilon in standard deviations; the chance is about that of a Gaussian
   */
  public float bound(BitQuery query, long[] coded, int at, double epsilon) {
    double alignment = alignment(coded, at);
    double length = length(coded, at);
    double missed = Math.sqrt(Math.max(0, 1 - alignment * alignment)) * query.length();
    double spread = Math.hypot(missed, query.error()) / alignment / Math.sqrt(dimension - 1.0);
    double rounding = 0x1p-20 * (length + query.length()) * (length + query.length());
    return (float) (2 * epsilon * length * spread + rounding);
  }

  /** The estimated dot product of row and query, both less the centre. */
  private double dot(BitQuery query, long[] coded, int at, int slicedSum) {
    // x is (2 bit - 1) / sqrt(D), the query is least + step * level.
    int set = CODES.andCount(coded, at, coded, at, words);
    double signed =
        query.least() * (2.0 * set - dimension) + query.step() * (2.0 * slicedSum - query.total());
    return length(coded, at) * signed / Math.sqrt(dimension) / alignment(coded, at);
  }

  private float length(long[] coded, int at) {
    return Float.intBitsToFloat((int) coded[at + words]);
  }

  private float alignment(long[] coded, int at) {
    return Float.intBitsToFloat((int) (coded[at + words] >>> 32));
  }

  /** Rotates a row less the centre; gives its length. */
  private double rotate(float[] rows, int offset, float[] rotated) {
    float[] row = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      row[i] = rows[offset + i] - centre[i];
    }
    KERNELS.dotRows(row, rotation, 0, dimension, rotated, 0);
    double square = 0;
    for (float component : row) {
      square += (double) component * component;
    }
    return Math.sqrt(square);
  }
}
