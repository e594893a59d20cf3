package io.proximadb.spark;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.spark.functions.VectorCasts;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Function1;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A call of a table function with constants.
 *
 * @param name the function's
 * @param usage how it is called
 * @param arguments that it was called with
 */
record TableFunctionCall(String name, String usage, List<Expression> arguments) {
  /** Makes a plan of a call. */
  @FunctionalInterface
  interface Builder {
    LogicalPlan plan(TableFunctionCall call);
  }

  /** A collection that a call names. */
  record Named(ProximaCatalog catalog, Identifier identifier) {}

  /** Registers a table function. */
  static void inject(
      SparkSessionExtensions extensions,
      String name,
      String usage,
      String description,
      Builder builder) {
    Function1<Seq<Expression>, LogicalPlan> function =
        arguments ->
            builder.plan(
                new TableFunctionCall(name, usage, CollectionConverters.asJava(arguments)));
    ExpressionInfo info =
        new ExpressionInfo(
            TableFunctionCall.class.getName(),
            null,
            name,
            usage + " - " + description,
            "",
            "",
            "",
            "",
            "",
            "",
            "java_udf");
    extensions.injectTableFunction(new Tuple3<>(new FunctionIdentifier(name), info, function));
  }

  /**
   * Checks how many arguments there are.
   *
   * @throws InvalidArgumentException if they are too few or too many
   */
  void checkCount(int least, int most) {
    if (arguments.size() < least || arguments.size() > most) {
      throw new InvalidArgumentException(
          "Invalid number of arguments of "
              + name
              + ": "
              + arguments.size()
              + " (expected "
              + usage
              + ")");
    }
  }

  /**
   * The value of an argument.
   *
   * @throws InvalidArgumentException if it is no constant of the type, or NULL
   */
  Object constant(int index, DataType type, String what) {
    Expression argument = arguments.get(index);
    if (!argument.foldable()) {
      throw new InvalidArgumentException(
          "Invalid "
              + what
              + " of "
              + name
              + ": "
              + argument.sql()
              + " (expected a constant; the function is evaluated when a query is planned)");
    }
    Expression cast = VectorCasts.cast(argument, type);
    Object value = DataType.equalsIgnoreNullability(cast.dataType(), type) ? cast.eval(null) : null;
    if (value == null) {
      throw new InvalidArgumentException(
          "Invalid "
              + what
              + " of "
              + name
              + ": "
              + argument.sql()
              + " (expected a value of type "
              + type.sql()
              + ")");
    }
    return value;
  }

  /**
   * The value of an argument that is a vector.
   *
   * @throws InvalidArgumentException if it is none, or a component is NULL
   */
  float[] vector(int index) {
    ArrayData query =
        (ArrayData) constant(index, DataTypes.createArrayType(DataTypes.FloatType, true), "query");
    for (int i = 0; i < query.numElements(); i++) {
      if (query.isNullAt(i)) {
        throw new InvalidArgumentException(
            "Invalid query of " + name + ": component " + i + " is null");
      }
    }
    return query.toFloatArray();
  }

  /**
   * The collection that an argument names.
   *
   * @throws InvalidArgumentException if it is in no catalog of ours
   */
  Named collection(int index) {
    String text = String.valueOf(constant(index, DataTypes.StringType, "collection"));
    String[] parts = text.split("\\.", -1);
    SparkSession session = SparkSession.active();
    boolean named = parts.length == 3;
    CatalogPlugin catalog =
        named
            ? session.sessionState().catalogManager().catalog(parts[0])
            : session.sessionState().catalogManager().currentCatalog();
    String[] rest = named ? Arrays.copyOfRange(parts, 1, 3) : parts;
    if (!(catalog instanceof ProximaCatalog proxima) || rest.length > 2) {
      throw new InvalidArgumentException(
          "Invalid collection of "
              + name
              + ": '"
              + text
              + "' (expected catalog.namespace.collection of a catalog of ProximaDB)");
    }
    String[] namespace = rest.length == 2 ? new String[] {rest[0]} : proxima.defaultNamespace();
    return new Named(proxima, Identifier.of(namespace, rest[rest.length - 1]));
  }
}
