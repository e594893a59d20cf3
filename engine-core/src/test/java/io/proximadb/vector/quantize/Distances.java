package io.proximadb.vector.quantize;

import io.proximadb.model.Metric;

/** What estimates of quantizers are of, in double arithmetic. */
final class Distances {
  private Distances() {}

  /** The squared distance, that of the directions under COSINE, minus the dot product under DOT. */
  static double target(Metric metric, float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return switch (metric) {
      case DOT -> -dot;
      case COSINE -> 2 - 2 * dot / Math.sqrt(aa * bb);
      default -> aa + bb - 2 * dot;
    };
  }
}
