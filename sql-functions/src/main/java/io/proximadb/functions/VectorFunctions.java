package io.proximadb.functions;

import io.proximadb.error.InvalidArgumentException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The vector functions: the registry {@link #all()} for platforms, the arithmetic for Java callers.
 *
 * <p>Where Spark 4.2 has a built-in of the name, the result is the same to the last bit: sums are
 * taken in single precision, eight terms at a time, the eighth-sums added to the total. That order
 * is part of the definition, so that a query gives one answer on every platform. It also means that
 * intermediate results beyond the range of a float are infinite, as they are there.
 */
public final class VectorFunctions {
  /** How many terms are summed before they are added to the total. */
  private static final int BLOCK = 8;

  /** The degree of a norm when none is given. */
  public static final float DEFAULT_DEGREE = 2f;

  public static final VectorFunction COSINE_SIMILARITY =
      ofTwo(
          "vector_cosine_similarity",
          "Returns the cosine of the angle between two vectors, NULL if one of them is zero.",
          VectorFunctions::cosineSimilarity);

  public static final VectorFunction COSINE_DISTANCE =
      ofTwo(
          "vector_cosine_distance",
          "Returns 1 minus the cosine similarity of two vectors, NULL if one of them is zero.",
          VectorFunctions::cosineDistance);

  public static final VectorFunction L2_DISTANCE =
      ofTwo(
          "vector_l2_distance",
          "Returns the Euclidean (L2) distance of two vectors.",
          VectorFunctions::l2Distance);

  public static final VectorFunction L1_DISTANCE =
      ofTwo(
          "vector_l1_distance",
          "Returns the Manhattan (L1) distance of two vectors.",
          VectorFunctions::l1Distance);

  public static final VectorFunction INNER_PRODUCT =
      ofTwo(
          "vector_inner_product",
          "Returns the inner (dot) product of two vectors.",
          VectorFunctions::innerProduct);

  public static final VectorFunction NORM =
      new VectorFunction(
          "vector_norm",
          List.of(VectorType.VECTOR, VectorType.FLOAT),
          1,
          VectorType.FLOAT,
          "Returns the norm of a vector, of degree 1, 2 (the default) or infinity.",
          arguments -> norm((float[]) arguments[0], degree(arguments)));

  public static final VectorFunction NORMALIZE =
      new VectorFunction(
          "vector_normalize",
          List.of(VectorType.VECTOR, VectorType.FLOAT),
          1,
          VectorType.VECTOR,
          "Returns a vector divided by its norm of degree 1, 2 (the default) or infinity, NULL if"
              + " the norm is zero.",
          arguments -> normalize((float[]) arguments[0], degree(arguments)));

  public static final VectorFunction DIMS =
      new VectorFunction(
          "vector_dims",
          List.of(VectorType.VECTOR),
          1,
          VectorType.INT,
          "Returns the number of components of a vector.",
          arguments -> ((float[]) arguments[0]).length);

  private static final Map<String, VectorFunction> BY_NAME = new LinkedHashMap<>();

  static {
    for (VectorFunction function :
        List.of(
            COSINE_SIMILARITY,
            COSINE_DISTANCE,
            L2_DISTANCE,
            L1_DISTANCE,
            INNER_PRODUCT,
            NORM,
            NORMALIZE,
            DIMS)) {
      BY_NAME.put(function.name(), function);
    }
  }

  private VectorFunctions() {}

  /** Every function, in the order of the documentation. */
  public static List<VectorFunction> all() {
    return List.copyOf(BY_NAME.values());
  }

  /** The function of that name, in any case, if there is one. */
  public static Optional<VectorFunction> find(String name) {
    return Optional.ofNullable(BY_NAME.get(name.toLowerCase(Locale.ROOT)));
  }

  /** cos(left, right), or null if a vector is zero (or so short that its square vanishes). */
  public static @Nullable Float cosineSimilarity(float[] left, float[] right) {
    if (left.length == 0) {
      return null;
    }
    float product = innerProduct(left, right);
    float norms = (float) Math.sqrt(squares(left) * squares(right));
    return norms < Float.MIN_NORMAL ? null : (Float) (product / norms);
  }

  /** 1 - cos(left, right), or null as for {@link #cosineSimilarity}. */
  public static @Nullable Float cosineDistance(float[] left, float[] right) {
    Float similarity = cosineSimilarity(left, right);
    return similarity == null ? null : (Float) (1f - similarity);
  }

  public static float l2Distance(float[] left, float[] right) {
    float total = 0;
    int i = 0;
    for (; i <= left.length - BLOCK; i += BLOCK) {
      float d0 = left[i] - right[i];
      float d1 = left[i + 1] - right[i + 1];
      float d2 = left[i + 2] - right[i + 2];
      float d3 = left[i + 3] - right[i + 3];
      float d4 = left[i + 4] - right[i + 4];
      float d5 = left[i + 5] - right[i + 5];
      float d6 = left[i + 6] - right[i + 6];
      float d7 = left[i + 7] - right[i + 7];
      total += d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3 + d4 * d4 + d5 * d5 + d6 * d6 + d7 * d7;
    }
    for (; i < left.length; i++) {
      float difference = left[i] - right[i];
      total += difference * difference;
    }
    return (float) Math.sqrt(total);
  }

  public static float l1Distance(float[] left, float[] right) {
    float total = 0;
    for (int start = 0; start < left.length; start = end(start, left.length)) {
      float sum = 0;
      for (int i = start; i < end(start, left.length); i++) {
        sum += Math.abs(left[i] - right[i]);
      }
      total += sum;
    }
    return total;
  }

  public static float innerProduct(float[] left, float[] right) {
    float total = 0;
    int i = 0;
    for (; i <= left.length - BLOCK; i += BLOCK) {
      total +=
          left[i] * right[i]
              + left[i + 1] * right[i + 1]
              + left[i + 2] * right[i + 2]
              + left[i + 3] * right[i + 3]
              + left[i + 4] * right[i + 4]
              + left[i + 5] * right[i + 5]
              + left[i + 6] * right[i + 6]
              + left[i + 7] * right[i + 7];
    }
    for (; i < left.length; i++) {
      total += left[i] * right[i];
    }
    return total;
  }

  /** The inner product of a vector with itself; one pass over one array. */
  private static float squares(float[] vector) {
    float total = 0;
    int i = 0;
    for (; i <= vector.length - BLOCK; i += BLOCK) {
      float v0 = vector[i];
      float v1 = vector[i + 1];
      float v2 = vector[i + 2];
      float v3 = vector[i + 3];
      float v4 = vector[i + 4];
      float v5 = vector[i + 5];
      float v6 = vector[i + 6];
      float v7 = vector[i + 7];
      total += v0 * v0 + v1 * v1 + v2 * v2 + v3 * v3 + v4 * v4 + v5 * v5 + v6 * v6 + v7 * v7;
    }
    for (; i < vector.length; i++) {
      total += vector[i] * vector[i];
    }
    return total;
  }

  /**
   * The norm of a vector.
   *
   * @throws InvalidArgumentException if the degree is not 1, 2 or infinity
   */
  public static float norm(float[] vector, float degree) {
    checkDegree(NORM.name(), degree);
    if (degree == 1f) {
      return l1Norm(vector);
    }
    return degree == 2f ? (float) Math.sqrt(squares(vector)) : maxNorm(vector);
  }

  /**
   * The vector divided by its norm, or null if the norm is zero (or as good as).
   *
   * @throws InvalidArgumentException if the degree is not 1, 2 or infinity
   */
  public static float @Nullable [] normalize(float[] vector, float degree) {
    checkDegree(NORMALIZE.name(), degree);
    if (vector.length == 0) {
      return new float[0];
    }
    float norm = norm(vector, degree);
    if (norm < Float.MIN_NORMAL) {
      return null;
    }
    float[] unit = new float[vector.length];
    for (int i = 0; i < vector.length; i++) {
      unit[i] = vector[i] / norm;
    }
    return unit;
  }

  static void checkDegree(String function, float degree) {
    if (degree != 1f && degree != 2f && degree != Float.POSITIVE_INFINITY) {
      throw new InvalidArgumentException(
          "[INVALID_VECTOR_NORM_DEGREE] For the `"
              + function
              + "` function, degree must be 1.0, 2.0, or float('inf'), but got "
              + degree
              + ". SQLSTATE: 22023");
    }
  }

  private static float l1Norm(float[] vector) {
    float total = 0;
    for (int start = 0; start < vector.length; start = end(start, vector.length)) {
      float sum = 0;
      for (int i = start; i < end(start, vector.length); i++) {
        sum += Math.abs(vector[i]);
      }
      total += sum;
    }
    return total;
  }

  /** Skips NaN, as Spark does. */
  private static float maxNorm(float[] vector) {
    float max = 0;
    for (float component : vector) {
      float size = Math.abs(component);
      if (size > max) {
        max = size;
      }
    }
    return max;
  }

  /** Where the block that starts there ends: whole blocks first, the rest term by term. */
  private static int end(int start, int length) {
    return length - start >= BLOCK ? start + BLOCK : start + 1;
  }

  private static float degree(Object[] arguments) {
    return arguments.length > 1 ? (Float) arguments[1] : DEFAULT_DEGREE;
  }

  /** The body of a function of two vectors. */
  @FunctionalInterface
  private interface OfTwo {
    @Nullable Float apply(float[] left, float[] right);
  }

  private static VectorFunction ofTwo(String name, String description, OfTwo body) {
    return new VectorFunction(
        name,
        List.of(VectorType.VECTOR, VectorType.VECTOR),
        2,
        VectorType.FLOAT,
        description,
        arguments -> body.apply((float[]) arguments[0], (float[]) arguments[1]));
  }
}
