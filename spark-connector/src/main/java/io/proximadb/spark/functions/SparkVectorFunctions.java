package io.proximadb.spark.functions;

import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorFunctions;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.jspecify.annotations.Nullable;

/**
 * The vector functions as Spark calls them.
 *
 * <p>Each is a class of its own, because Spark's generated code calls a static method {@code
 * invoke} that it finds by the class of the bound function.
 */
public final class SparkVectorFunctions {
  private static final Map<String, IntFunction<BoundVectorFunction>> BY_NAME =
      Map.of(
          VectorFunctions.COSINE_SIMILARITY.name(), CosineSimilarity::new,
          VectorFunctions.COSINE_DISTANCE.name(), CosineDistance::new,
          VectorFunctions.L2_DISTANCE.name(), L2Distance::new,
          VectorFunctions.L1_DISTANCE.name(), L1Distance::new,
          VectorFunctions.INNER_PRODUCT.name(), InnerProduct::new,
          VectorFunctions.NORM.name(), Norm::new,
          VectorFunctions.NORMALIZE.name(), Normalize::new,
          VectorFunctions.DIMS.name(), Dims::new);

  private SparkVectorFunctions() {}

  /** The function of that name, in any case, for a catalog to hand out. */
  public static Optional<UnboundFunction> find(String name) {
    return VectorFunctions.find(name).map(UnboundVectorFunction::new);
  }

  /** A function with a number of arguments that it takes. */
  static BoundVectorFunction bind(VectorFunction function, int arguments) {
    IntFunction<BoundVectorFunction> factory =
        BY_NAME.get(function.name().toLowerCase(Locale.ROOT));
    if (factory == null) {
      throw new AssertionError("No Spark class for " + function);
    }
    return factory.apply(arguments);
  }

  private static @Nullable Object call(
      VectorFunction function, @Nullable ArrayData left, @Nullable ArrayData right) {
    return left == null || right == null
        ? null
        : function.evaluate(Vectors.fromSpark(left), Vectors.fromSpark(right));
  }

  private static @Nullable Object call(VectorFunction function, @Nullable ArrayData vector) {
    return vector == null ? null : function.evaluate(Vectors.fromSpark(vector));
  }

  private static @Nullable Object call(
      VectorFunction function, @Nullable ArrayData vector, float degree) {
    return vector == null ? null : function.evaluate(Vectors.fromSpark(vector), degree);
  }

  /** See {@link VectorFunctions#COSINE_SIMILARITY}. */
  public static final class CosineSimilarity extends BoundVectorFunction {
    CosineSimilarity(int arguments) {
      super(VectorFunctions.COSINE_SIMILARITY, arguments);
    }

    public static @Nullable Float invoke(@Nullable ArrayData left, @Nullable ArrayData right) {
      return (Float) call(VectorFunctions.COSINE_SIMILARITY, left, right);
    }
  }

  /** See {@link VectorFunctions#COSINE_DISTANCE}. */
  public static final class CosineDistance extends BoundVectorFunction {
    CosineDistance(int arguments) {
      super(VectorFunctions.COSINE_DISTANCE, arguments);
    }

    public static @Nullable Float invoke(@Nullable ArrayData left, @Nullable ArrayData right) {
      return (Float) call(VectorFunctions.COSINE_DISTANCE, left, right);
    }
  }

  /** See {@link VectorFunctions#L2_DISTANCE}. */
  public static final class L2Distance extends BoundVectorFunction {
    L2Distance(int arguments) {
      super(VectorFunctions.L2_DISTANCE, arguments);
    }

    public static @Nullable Float invoke(@Nullable ArrayData left, @Nullable ArrayData right) {
      return (Float) call(VectorFunctions.L2_DISTANCE, left, right);
    }
  }

  /** See {@link VectorFunctions#L1_DISTANCE}. */
  public static final class L1Distance extends BoundVectorFunction {
    L1Distance(int arguments) {
      super(VectorFunctions.L1_DISTANCE, arguments);
    }

    public static @Nullable Float invoke(@Nullable ArrayData left, @Nullable ArrayData right) {
      return (Float) call(VectorFunctions.L1_DISTANCE, left, right);
    }
  }

  /** See {@link VectorFunctions#INNER_PRODUCT}. */
  public static final class InnerProduct extends BoundVectorFunction {
    InnerProduct(int arguments) {
      super(VectorFunctions.INNER_PRODUCT, arguments);
    }

    public static @Nullable Float invoke(@Nullable ArrayData left, @Nullable ArrayData right) {
      return (Float) call(VectorFunctions.INNER_PRODUCT, left, right);
    }
  }

  /** See {@link VectorFunctions#NORM}. */
  public static final class Norm extends BoundVectorFunction {
    Norm(int arguments) {
      super(VectorFunctions.NORM, arguments);
    }

    public static @Nullable Float invoke(@Nullable ArrayData vector) {
      return (Float) call(VectorFunctions.NORM, vector);
    }

    public static @Nullable Float invoke(@Nullable ArrayData vector, float degree) {
      return (Float) call(VectorFunctions.NORM, vector, degree);
    }
  }

  /** See {@link VectorFunctions#NORMALIZE}. */
  public static final class Normalize extends BoundVectorFunction {
    Normalize(int arguments) {
      super(VectorFunctions.NORMALIZE, arguments);
    }

    public static @Nullable ArrayData invoke(@Nullable ArrayData vector) {
      return Vectors.toSpark((float[]) call(VectorFunctions.NORMALIZE, vector));
    }

    public static @Nullable ArrayData invoke(@Nullable ArrayData vector, float degree) {
      return Vectors.toSpark((float[]) call(VectorFunctions.NORMALIZE, vector, degree));
    }
  }

  /** See {@link VectorFunctions#DIMS}. */
  public static final class Dims extends BoundVectorFunction {
    Dims(int arguments) {
      super(VectorFunctions.DIMS, arguments);
    }

    public static @Nullable Integer invoke(@Nullable ArrayData vector) {
      return (Integer) call(VectorFunctions.DIMS, vector);
    }
  }
}
