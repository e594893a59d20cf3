package io.proximadb.spark.functions;

import io.proximadb.spark.types.SparkTypes;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Cast$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.VectorCosineSimilarity;
import org.apache.spark.sql.catalyst.expressions.VectorInnerProduct;
import org.apache.spark.sql.catalyst.expressions.VectorL2Distance;
import org.apache.spark.sql.catalyst.expressions.VectorNorm;
import org.apache.spark.sql.catalyst.expressions.VectorNormalize;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import scala.Function1;
import scala.runtime.AbstractPartialFunction;

/**
 * A resolution rule that casts the arguments of Spark's built-in vector functions to {@code
 * ARRAY<FLOAT>}, which Spark itself refuses to do: {@code array(0.1, 0.2)} is an array of decimals.
 */
public final class VectorCasts extends Rule<LogicalPlan> {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.resolveExpressionsUp(new WithCasts());
  }

  /**
   * An argument as a function takes it.
   *
   * @param wanted the type that the function declares
   */
  public static Expression cast(Expression argument, DataType wanted) {
    if (!argument.resolved()) {
      return argument;
    }
    DataType given = argument.dataType();
    boolean ansi = SQLConf.get().ansiEnabled();
    if (wanted instanceof ArrayType) {
      if (given instanceof ArrayType list && isOtherNumber(list.elementType())) {
        return Cast$.MODULE$.apply(
            argument, DataTypes.createArrayType(DataTypes.FloatType, list.containsNull()), ansi);
      }
      return DataTypes.NullType.equals(given)
          ? Cast$.MODULE$.apply(argument, wanted, ansi)
          : argument;
    }
    return isOtherNumber(given) ? Cast$.MODULE$.apply(argument, wanted, ansi) : argument;
  }

  private static boolean isOtherNumber(DataType type) {
    return (type instanceof NumericType && !DataTypes.FloatType.equals(type))
        || DataTypes.NullType.equals(type);
  }

  private static final class WithCasts extends AbstractPartialFunction<Expression, Expression> {
    @Override
    public boolean isDefinedAt(Expression expression) {
      return expression instanceof VectorCosineSimilarity
          || expression instanceof VectorInnerProduct
          || expression instanceof VectorL2Distance
          || expression instanceof VectorNorm
          || expression instanceof VectorNormalize;
    }

    @Override
    public <A extends Expression, B> B applyOrElse(A expression, Function1<A, B> otherwise) {
      if (!isDefinedAt(expression)) {
        return otherwise.apply(expression);
      }
      @SuppressWarnings("unchecked") // Scala's signature says B >: Expression, Java cannot
      B cast = (B) apply(expression);
      return cast;
    }

    @Override
    public Expression apply(Expression expression) {
      if (expression instanceof VectorCosineSimilarity f) {
        return withChildren(f, vector(f.left()), vector(f.right()));
      }
      if (expression instanceof VectorInnerProduct f) {
        return withChildren(f, vector(f.left()), vector(f.right()));
      }
      if (expression instanceof VectorL2Distance f) {
        return withChildren(f, vector(f.left()), vector(f.right()));
      }
      if (expression instanceof VectorNorm f) {
        return withChildren(f, vector(f.vector()), cast(f.degree(), DataTypes.FloatType));
      }
      VectorNormalize f = (VectorNormalize) expression;
      return withChildren(f, vector(f.vector()), cast(f.degree(), DataTypes.FloatType));
    }

    private static Expression vector(Expression argument) {
      return cast(argument, SparkTypes.NULLABLE_VECTOR);
    }

    private static Expression withChildren(
        Expression function, Expression first, Expression second) {
      return function.withNewChildren(ScalaSeqs.of(List.of(first, second)));
    }
  }
}
