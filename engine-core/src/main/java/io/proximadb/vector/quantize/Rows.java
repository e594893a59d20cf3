package io.proximadb.vector.quantize;

/** Small things done to rows that lie end to end. */
final class Rows {
  private Rows() {}

  /** Divides a row by its length; one without a direction becomes zeros. */
  static void normalize(float[] rows, int at, int dimension) {
    double square = 0;
    for (int i = at; i < at + dimension; i++) {
      square += (double) rows[i] * rows[i];
    }
    double length = Math.sqrt(square);
    boolean hasDirection = length > 0 && length < Double.POSITIVE_INFINITY;
    for (int i = at; i < at + dimension; i++) {
      rows[i] = hasDirection ? (float) (rows[i] / length) : 0;
    }
  }

  static boolean isFinite(float[] row) {
    return isFinite(row, 0, row.length);
  }

  static boolean isFinite(float[] rows, int at, int dimension) {
    for (int i = at; i < at + dimension; i++) {
      if (!Float.isFinite(rows[i])) {
        return false;
      }
    }
    return true;
  }

  /** Moves rows whose squared length is finite to the front; gives their number. */
  static int keepFinite(float[] rows, int count, int dimension, boolean normalized) {
    int kept = 0;
    for (int row = 0; row < count; row++) {
      float square = 0;
      for (int i = row * dimension; i < (row + 1) * dimension; i++) {
        square += rows[i] * rows[i];
      }
      if (square < Float.MAX_VALUE) {
        System.arraycopy(rows, row * dimension, rows, kept * dimension, dimension);
        if (normalized) {
          normalize(rows, kept * dimension, dimension);
        }
        kept++;
      }
    }
    return kept;
  }

  static float[] mean(float[] rows, int count, int dimension) {
    double[] sums = new double[dimension];
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < dimension; i++) {
        sums[i] += rows[row * dimension + i];
      }
    }
    float[] mean = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      mean[i] = count == 0 ? 0 : (float) (sums[i] / count);
    }
    return mean;
  }

  static void subtract(float[] rows, int count, int dimension, float[] mean) {
    for (int row = 0; row < count; row++) {
      for (int i = 0; i < dimension; i++) {
        rows[row * dimension + i] -= mean[i];
      }
    }
  }
}
