package io.proximadb.spark.read;

import io.proximadb.model.VectorField;
import io.proximadb.query.SnapshotNearest;
import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.types.SparkColumns;
import java.io.Serializable;
import java.util.Optional;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Literal;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.NullOrdering;
import org.apache.spark.sql.connector.expressions.SortDirection;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.connector.expressions.UserDefinedScalarFunc;
import org.jspecify.annotations.Nullable;

/**
 * The first rows of a query in the order of a distance, of which a scan leaves out what cannot be
 * among them. Spark orders what is left.
 *
 * @param query the nearest of them
 * @param ranking the function that they are ordered by
 * @param nullsFirst true if rows without a vector come before all others
 */
record TopRows(SnapshotNearest.Query query, Ranking ranking, boolean nullsFirst)
    implements Serializable {
  /** An order that is Spark's alone; the message says why. */
  static final class Unfit extends Exception {
    private static final long serialVersionUID = 1;

    Unfit(String reason) {
      super(reason);
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }

  /**
   * Reads what {@code ORDER BY ... LIMIT} says.
   *
   * @param recall see {@link SearchSettings}; 0 if searching is off
   * @throws Unfit if a scan cannot make use of it
   */
  static TopRows of(SortOrder[] orders, int limit, SparkColumns columns, double recall)
      throws Unfit {
    if (recall == 0) {
      throw new Unfit(SearchSettings.MODE + " is " + SearchSettings.OFF);
    }
    SortOrder order = orders[0];
    if (!(order.expression() instanceof UserDefinedScalarFunc function)) {
      throw new Unfit("it orders by " + order.expression());
    }
    Ranking ranking =
        Ranking.named(function.canonicalName())
            .orElseThrow(() -> new Unfit("it orders by " + function.name() + "()"));
    if (ranking.isDistance() != (order.direction() == SortDirection.ASCENDING)) {
      throw new Unfit(
          "the farthest rows come first by "
              + ranking.function().name()
              + "() "
              + order.direction());
    }
    if (limit > SnapshotNearest.Query.MAX_K) {
      throw new Unfit(
          "LIMIT and OFFSET are " + limit + " rows, at most " + SnapshotNearest.Query.MAX_K);
    }
    Expression[] arguments = function.children();
    VectorField field =
        field(arguments[0], columns)
            .or(() -> field(arguments[1], columns))
            .orElseThrow(() -> new Unfit("no argument is a vector column of the table"));
    Expression other = field(arguments[0], columns).isPresent() ? arguments[1] : arguments[0];
    return new TopRows(
        new SnapshotNearest.Query(
            field.name(), ranking.metric(), vector(other, field), limit, recall),
        ranking,
        order.nullOrdering() == NullOrdering.NULLS_FIRST);
  }

  /** The function's value for a row with that vector; null if it has none. */
  @Nullable Float distance(float[] vector) {
    return (Float) ranking.function().evaluate(vector, query.vector());
  }

  private static Optional<VectorField> field(Expression argument, SparkColumns columns) {
    return argument instanceof NamedReference reference && reference.fieldNames().length == 1
        ? columns.vectorField(reference.fieldNames()[0])
        : Optional.empty();
  }

  private static float[] vector(Expression argument, VectorField field) throws Unfit {
    if (!(argument instanceof Literal<?> literal) || !(literal.value() instanceof ArrayData data)) {
      throw new Unfit("the query vector is not a constant");
    }
    if (data.numElements() != field.dimension()) {
      throw new Unfit(
          "the query vector has "
              + data.numElements()
              + " components, column '"
              + field.name()
              + "' has "
              + field.dimension());
    }
    for (int i = 0; i < data.numElements(); i++) {
      if (data.isNullAt(i) || !Float.isFinite(data.getFloat(i))) {
        throw new Unfit("component " + i + " of the query is not finite");
      }
    }
    return data.toFloatArray();
  }
}
