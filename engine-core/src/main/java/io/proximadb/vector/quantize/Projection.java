package io.proximadb.vector.quantize;

import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.util.Random;

/**
 * Orthonormal directions that keep most of the variance of a sample, rotated at random among
 * themselves.
 *
 * <p>The subspace is that of the first principal components, found by subspace iteration [1]. The
 * rotation spreads the variance evenly over the directions, so that one step size suits all of
 * them: what is quantized is close to a Gaussian of one width, whatever the data.
 *
 * <p>[1] Halko, Martinsson, Tropp, Finding structure with randomness, SIAM Review 2011, 4.4.
 */
final class Projection {
  /** Rounds of subspace iteration; the spectra of embeddings fall fast enough for fewer. */
  private static final int ROUNDS = 6;

  private static final VectorKernels KERNELS = Kernels.best();

  private Projection() {}

  /**
   * Finds directions.
   *
   * @param centred {@code count} rows of {@code dimension}, less their mean; with none the
   *     directions are random
   * @param directions wanted, at most {@code dimension}
   * @return {@code directions} rows of {@code dimension}, orthonormal within float rounding
   */
  static float[] train(float[] centred, int count, int dimension, int directions, Random random) {
    int looked = directions < dimension ? count : 0;
    float[] basis = principal(centred, looked, dimension, directions, random);
    return directions < dimension ? mix(basis, directions, dimension, random) : basis;
  }

  /** The first principal directions, the strongest first as far as the rounds go. */
  static float[] principal(
      float[] centred, int count, int dimension, int directions, Random random) {
    float[] basis = gaussian(directions, dimension, random);
    if (count > 0) {
      float[] covariance = covariance(centred, count, dimension);
      float[] product = new float[basis.length];
      float[] row = new float[dimension];
      for (int round = 0; round < ROUNDS; round++) {
        orthonormalize(basis, directions, dimension, random);
        for (int i = 0; i < directions; i++) {
          System.arraycopy(basis, i * dimension, row, 0, dimension);
          KERNELS.dotRows(row, covariance, 0, dimension, product, i * dimension);
        }
        float[] swap = basis;
        basis = product;
        product = swap;
      }
    }
    orthonormalize(basis, directions, dimension, random);
    return basis;
  }

  /** Rotates the directions among themselves. */
  static float[] mix(float[] basis, int directions, int dimension, Random random) {
    float[] rotation = gaussian(directions, directions, random);
    orthonormalize(rotation, directions, directions, random);
    float[] mixed = new float[basis.length];
    for (int i = 0; i < directions; i++) {
      for (int j = 0; j < directions; j++) {
        add(rotation[i * directions + j], basis, j * dimension, mixed, i * dimension, dimension);
      }
    }
    orthonormalize(mixed, directions, dimension, random);
    return mixed;
  }

  private static float[] covariance(float[] centred, int count, int dimension) {
    float[] columns = new float[centred.length];
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < dimension; i++) {
        columns[i * count + row] = centred[row * dimension + i] / count;
      }
    }
    float[] covariance = new float[dimension * dimension];
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j <= i; j++) {
        float value = KERNELS.dot(columns, i * count, columns, j * count, count) * count;
        covariance[i * dimension + j] = value;
        covariance[j * dimension + i] = value;
      }
    }
    return covariance;
  }

  /** Gram-Schmidt, twice for each row; a row without a direction of its own gets a random one. */
  private static void orthonormalize(float[] rows, int count, int dimension, Random random) {
    for (int i = 0; i < count; i++) {
      int at = i * dimension;
      Rows.normalize(rows, at, dimension);
      for (int attempt = 0; ; attempt++) {
        for (int pass = 0; pass < 2; pass++) {
          for (int j = 0; j < i; j++) {
            float along = KERNELS.dot(rows, at, rows, j * dimension, dimension);
            add(-along, rows, j * dimension, rows, at, dimension);
          }
        }
        // What is left of a unit vector that lies among the others is rounding alone.
        boolean own = KERNELS.dot(rows, at, rows, at, dimension) > 1e-6f;
        Rows.normalize(rows, at, dimension);
        if (own) {
          break;
        }
        assert attempt < 100 : "more directions than dimensions";
        System.arraycopy(gaussian(1, dimension, random), 0, rows, at, dimension);
        Rows.normalize(rows, at, dimension);
      }
    }
  }

  private static void add(float factor, float[] from, int fromAt, float[] to, int at, int length) {
    for (int i = 0; i < length; i++) {
      to[at + i] += factor * from[fromAt + i];
    }
  }

  private static float[] gaussian(int rows, int dimension, Random random) {
    float[] values = new float[rows * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
