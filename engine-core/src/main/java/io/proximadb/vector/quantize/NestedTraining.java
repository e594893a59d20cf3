package io.proximadb.vector.quantize;

import io.proximadb.model.Metric;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.util.Arrays;
import java.util.Random;

/** Finds the directions of a {@link NestedQuantizer}, and how many of them are coarse. */
final class NestedTraining {
  /** Rows whose bounds are looked at, at most, to choose the coarse stage. */
  private static final int LOOKED_ROWS = 4_096;

  /** Rows of the sample that stand for queries then. */
  private static final int LOOKED_QUERIES = 48;

  /** Coarse directions come in such numbers, less one for the rest. */
  private static final int STRIDE = 16;

  /** Standard deviations that codes reach to; a rest spreads by less than a Gaussian. */
  private static final double REACH = 4.5;

  private static final double REST_REACH = 3.5;

  /** Nanoseconds, measured: only their proportion matters. */
  private static final double COARSE_ROW_COST = 1.0;

  private static final double COARSE_CODE_COST = 0.035;
  private static final double FINE_ROW_COST = 25;
  private static final double FINE_CODE_COST = 0.06;
  private static final double EXACT_ROW_COST = 120;
  private static final double EXACT_COMPONENT_COST = 0.12;

  private static final VectorKernels KERNELS = Kernels.best();

  private final Metric metric;
  private final int dimension;
  private final float[] centred;
  private final int rows;
  private final float[] mean;
  private final Random random;

  NestedTraining(Metric metric, int dimension, float[] sample, int count, Random random) {
    this.metric = metric;
    this.dimension = dimension;
    this.rows = Rows.keepFinite(sample, count, dimension, metric == Metric.COSINE);
    this.mean = Rows.mean(sample, rows, dimension);
    Rows.subtract(sample, rows, dimension, mean);
    this.centred = sample;
    this.random = random;
  }

  NestedParameters train(int directions) {
    int looked = dimension <= Int8Quantizer.MAX_PRINCIPAL_DIMENSION ? rows : 0;
    float[] basis = Projection.principal(centred, looked, dimension, directions, random);
    int n = Math.min(rows, LOOKED_ROWS);
    float[] parts = new float[n * directions];
    double[] whole = new double[n];
    float[] row = new float[dimension];
    for (int i = 0; i < n; i++) {
      System.arraycopy(centred, at(i, n), row, 0, dimension);
      KERNELS.dotRows(row, basis, 0, directions, parts, i * directions);
      whole[i] = KERNELS.dot(row, 0, row, 0, dimension);
    }
    int coarse = cheapest(parts, whole, directions);
    float[] coarseRests = rests(parts, whole, directions, coarse);
    float[] fineRests = rests(parts, whole, directions, directions);
    mix(basis, 0, coarse);
    mix(basis, coarse, directions);
    double[] coarseRest = middle(coarseRests);
    double[] fineRest = middle(fineRests);
    return new NestedParameters(
        metric,
        mean,
        basis,
        coarse,
        step(deviation(parts, directions, 0, coarse), coarseRest[1]),
        (float) coarseRest[0],
        step(deviation(parts, directions, coarse, directions), fineRest[1]),
        (float) fineRest[0]);
  }

  private void mix(float[] basis, int from, int to) {
    float[] group = Arrays.copyOfRange(basis, from * dimension, to * dimension);
    float[] mixed = Projection.mix(group, to - from, dimension, random);
    System.arraycopy(mixed, 0, basis, from * dimension, mixed.length);
  }

  private static float[] rests(float[] parts, double[] whole, int directions, int kept) {
    float[] rests = new float[whole.length];
    for (int i = 0; i < rests.length; i++) {
      double square = 0;
      for (int j = 0; j < kept; j++) {
        square += (double) parts[i * directions + j] * parts[i * directions + j];
      }
      rests[i] = (float) Math.sqrt(Math.max(0, whole[i] - square));
    }
    return rests;
  }

  /** Mean and deviation. */
  private static double[] middle(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    double mean = values.length == 0 ? 0 : sum / values.length;
    double square = 0;
    for (float value : values) {
      square += (value - mean) * (value - mean);
    }
    return new double[] {mean, Math.sqrt(square / Math.max(1, values.length))};
  }

  private static double deviation(float[] parts, int directions, int from, int to) {
    double square = 0;
    for (int at = 0; at < parts.length; at += directions) {
      for (int i = from; i < to; i++) {
        square += (double) parts[at + i] * parts[at + i];
      }
    }
    int rows = parts.length / directions;
    return Math.sqrt(square / Math.max(1, rows) / Math.max(1, to - from));
  }

  /** A step that suits; equal rows have no spread, any step does. */
  private static float step(double deviation, double restDeviation) {
    double reach = Math.max(REACH * deviation, REST_REACH * restDeviation);
    float step = (float) (reach / NestedQuantizer.MAX_CODE);
    return step >= Float.MIN_NORMAL && step < Float.MAX_VALUE ? step : 1;
  }

  /** The number of coarse directions that makes a search cheapest, by bounds on the sample. */
  private int cheapest(float[] parts, double[] whole, int directions) {
    int options = (directions + STRIDE) / STRIDE;
    double[] left = new double[options + 1];
    int n = whole.length;
    int queries = Math.min(n, LOOKED_QUERIES);
    for (int q = 0; q < queries; q++) {
      look((int) ((long) q * n / queries), parts, whole, directions, left);
    }
    double pairs = Math.max(1, queries * (double) (n - 1));
    double exact = EXACT_ROW_COST + EXACT_COMPONENT_COST * dimension;
    int best = directions;
    double bestCost = Double.POSITIVE_INFINITY;
    for (int option = 0; option <= options; option++) {
      int coarse = coarse(option, directions);
      double fine = FINE_ROW_COST + FINE_CODE_COST * (directions - coarse + 1);
      double cost =
          COARSE_ROW_COST
              + COARSE_CODE_COST * (coarse + 1)
              + left[option] / pairs * (coarse == directions ? exact : fine);
      if (cost < bestCost) {
        best = coarse;
        bestCost = cost;
      }
    }
    return best;
  }

  private static int coarse(int option, int directions) {
    return Math.min(directions, (option + 1) * STRIDE - 1);
  }

  /** Counts for each option the rows that bounds leave over when the nearest row is known. */
  private void look(int query, float[] parts, double[] whole, int directions, double[] left) {
    int n = whole.length;
    double nearest = Double.POSITIVE_INFINITY;
    double[] bounds = new double[n * left.length];
    for (int i = 0; i < n; i++) {
      if (i == query) {
        continue;
      }
      double dot = KERNELS.dot(centred, at(query, n), centred, at(i, n), dimension);
      nearest = Math.min(nearest, score(whole[query], whole[i], dot));
      double partDot = 0;
      double queryKept = 0;
      double kept = 0;
      int done = 0;
      for (int option = 0; option < left.length; option++) {
        for (int end = coarse(option, directions); done < end; done++) {
          double a = parts[query * directions + done];
          double b = parts[i * directions + done];
          partDot += a * b;
          queryKept += a * a;
          kept += b * b;
        }
        double rests =
            Math.sqrt(Math.max(0, whole[query] - queryKept) * Math.max(0, whole[i] - kept));
        bounds[i * left.length + option] = score(whole[query], whole[i], partDot + rests);
      }
    }
    for (int i = 0; i < n; i++) {
      for (int option = 0; i != query && option < left.length; option++) {
        left[option] += bounds[i * left.length + option] <= nearest ? 1 : 0;
      }
    }
  }

  private double score(double query, double row, double dot) {
    return metric == Metric.DOT ? -dot : query + row - 2 * dot;
  }

  /** Where the row stands that is looked at as number {@code i} of {@code n}. */
  private int at(int i, int n) {
    return (int) ((long) i * rows / n) * dimension;
  }
}
