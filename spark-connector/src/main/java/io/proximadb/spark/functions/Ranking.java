package io.proximadb.spark.functions;

import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorFunctions;
import io.proximadb.model.Metric;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.VectorCosineSimilarity;
import org.apache.spark.sql.catalyst.expressions.VectorInnerProduct;
import org.apache.spark.sql.catalyst.expressions.VectorL2Distance;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.jspecify.annotations.Nullable;

/** The functions of SQL by which rows can be ranked, and the metric of the engine that each is. */
public enum Ranking {
  L2_DISTANCE(VectorFunctions.L2_DISTANCE, Metric.EUCLIDEAN, true),
  L1_DISTANCE(VectorFunctions.L1_DISTANCE, Metric.MANHATTAN, true),
  COSINE_DISTANCE(VectorFunctions.COSINE_DISTANCE, Metric.COSINE, true),
  COSINE_SIMILARITY(VectorFunctions.COSINE_SIMILARITY, Metric.COSINE, false),
  INNER_PRODUCT(VectorFunctions.INNER_PRODUCT, Metric.DOT, false);

  /** What canonical names of our functions begin with. */
  private static final String PREFIX = "proximadb.";

  @SuppressWarnings("ImmutableEnumChecker") // it is, without saying so
  private final VectorFunction function;

  private final Metric metric;
  private final boolean isDistance;

  Ranking(VectorFunction function, Metric metric, boolean isDistance) {
    this.function = function;
    this.metric = metric;
    this.isDistance = isDistance;
  }

  public VectorFunction function() {
    return function;
  }

  public Metric metric() {
    return metric;
  }

  /** True if small is near, false if large is. */
  public boolean isDistance() {
    return isDistance;
  }

  /** The one of a bound function's canonical name. */
  public static Optional<Ranking> named(String canonicalName) {
    for (Ranking ranking : values()) {
      if (canonicalName.equals(PREFIX + ranking.function.name())) {
        return Optional.of(ranking);
      }
    }
    return Optional.empty();
  }

  /** The one that an expression calls, whether Spark's function or ours. */
  public static Optional<Ranking> of(Expression expression) {
    if (expression instanceof StaticInvoke call && call.scalarFunction().isDefined()) {
      return named(call.scalarFunction().get().canonicalName());
    }
    return Optional.ofNullable(builtIn(expression));
  }

  /** The one that is a function of Spark's own, or null. */
  public static @Nullable Ranking builtIn(Expression expression) {
    if (expression instanceof VectorL2Distance) {
      return L2_DISTANCE;
    }
    if (expression instanceof VectorCosineSimilarity) {
      return COSINE_SIMILARITY;
    }
    return expression instanceof VectorInnerProduct ? INNER_PRODUCT : null;
  }
}
