package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.Locale;

/**
 * How far two vectors are apart. Distances ascend: the smallest is the best, at every door.
 *
 * <table>
 * <caption>Definitions</caption>
 * <tr><th>metric<th>distance<th>similarity<th>zero vector
 * <tr><td>COSINE<td>1 - cos(a, b), in [0, 2]<td>cos(a, b)<td>refused on write and in queries
 * <tr><td>EUCLIDEAN<td>L2, square root taken<td>none<td>fine
 * <tr><td>MANHATTAN<td>L1<td>none<td>fine
 * <tr><td>DOT<td>-(a . b)<td>a . b<td>fine
 * </table>
 */
public enum Metric {
  COSINE,
  EUCLIDEAN,
  MANHATTAN,
  DOT;

  /** True if a bigger similarity is reported beside the distance. */
  public boolean hasSimilarity() {
    return this == COSINE || this == DOT;
  }

  /**
   * The similarity that belongs to a distance.
   *
   * @throws IllegalStateException if the metric has none, see {@link #hasSimilarity()}
   */
  public double similarity(double distance) {
    return switch (this) {
      case COSINE -> 1 - distance;
      case DOT -> -distance;
      case EUCLIDEAN, MANHATTAN ->
          throw new IllegalStateException("Metric " + this + " has no similarity");
    };
  }

  /**
   * Reads a metric by its name, in any case.
   *
   * @throws InvalidArgumentException if there is no metric of that name
   */
  public static Metric parse(String name) {
    for (Metric metric : values()) {
      if (metric.name().equals(name.toUpperCase(Locale.ROOT))) {
        return metric;
      }
    }
    throw new InvalidArgumentException(
        "Invalid metric: '" + name + "' (expected one of " + Arrays.toString(values()) + ")");
  }
}
