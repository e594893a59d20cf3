package io.proximadb.spark.functions;

import io.proximadb.functions.VectorFunctions;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.VectorNorm;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Option;

/**
 * Spark's functions of vectors that a collection stores, which have no null among their components:
 * these take them as one array, where Spark's ask for each component by itself. Results are the
 * same to the last bit.
 */
public final class StoredVectors {
  private static final float EUCLIDEAN_DEGREE = 2;

  private StoredVectors() {}

  /** What generated code calls for {@code vector_norm(vector)}. */
  public static float norm(ArrayData vector) {
    return VectorFunctions.norm(vector.toFloatArray(), EUCLIDEAN_DEGREE);
  }

  /** The same norm of a stored vector by ours; empty for a norm of another degree. */
  public static Optional<Expression> norm(VectorNorm norm) {
    boolean euclidean =
        norm.degree() instanceof Literal degree
            && degree.value() instanceof Float value
            && value == EUCLIDEAN_DEGREE;
    return euclidean
        ? Optional.of(
            new StaticInvoke(
                StoredVectors.class,
                DataTypes.FloatType,
                "norm",
                ScalaSeqs.of(List.of(norm.vector())),
                ScalaSeqs.of(List.<AbstractDataType>of()),
                true,
                false,
                true,
                Option.empty()))
        : Optional.empty();
  }
}
