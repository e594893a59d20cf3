package io.proximadb.spark;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.query.NearestClusters;
import io.proximadb.spark.functions.ScalaSeqs;
import io.proximadb.spark.functions.VectorCasts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.types.DataTypeUtils$;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.connector.catalog.CatalogPlugin;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The table-valued function {@code vector_clusters(collection, query, n)}: the clusters nearest to
 * a query, for queries that look into them alone.
 */
final class VectorClusters {
  /** The function's name. */
  static final String NAME = "vector_clusters";

  private static final String USAGE = NAME + "('catalog.namespace.collection', query, n)";

  private static final StructType RESULT =
      new StructType()
          .add("cluster_id", DataTypes.LongType, false)
          .add("rank", DataTypes.IntegerType, false);

  private VectorClusters() {}

  /** Registers the function. */
  static void inject(SparkSessionExtensions extensions) {
    Function1<Seq<Expression>, LogicalPlan> builder =
        arguments -> call(CollectionConverters.asJava(arguments));
    ExpressionInfo info =
        new ExpressionInfo(
            VectorClusters.class.getName(),
            null,
            NAME,
            USAGE + " - the clusters nearest to a query, the nearest first",
            "",
            "",
            "",
            "",
            "",
            "",
            "java_udf");
    extensions.injectTableFunction(new Tuple3<>(new FunctionIdentifier(NAME), info, builder));
  }

  private static LogicalPlan call(List<Expression> arguments) {
    if (arguments.size() != 3) {
      throw new InvalidArgumentException(
          "Invalid number of arguments of "
              + NAME
              + ": "
              + arguments.size()
              + " (expected "
              + USAGE
              + ")");
    }
    String collection =
        String.valueOf(constant(arguments.get(0), DataTypes.StringType, "collection"));
    ArrayData query =
        (ArrayData)
            constant(
                arguments.get(1), DataTypes.createArrayType(DataTypes.FloatType, true), "query");
    int n = (Integer) constant(arguments.get(2), DataTypes.IntegerType, "n");
    for (int i = 0; i < query.numElements(); i++) {
      if (query.isNullAt(i)) {
        throw new InvalidArgumentException(
            "Invalid query of " + NAME + ": component " + i + " is null");
      }
    }
    List<Long> ids = NearestClusters.of(table(collection), query.toFloatArray(), n, null);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      rows.add(RowFactory.create(ids.get(i), i + 1));
    }
    List<Attribute> output =
        new ArrayList<>(CollectionConverters.asJava(DataTypeUtils$.MODULE$.toAttributes(RESULT)));
    return LocalRelation.fromExternalRows(ScalaSeqs.of(output), ScalaSeqs.of(rows));
  }

  private static Object constant(Expression argument, DataType type, String name) {
    if (!argument.foldable()) {
      throw new InvalidArgumentException(
          "Invalid "
              + name
              + " of "
              + NAME
              + ": "
              + argument.sql()
              + " (expected a constant; the function is evaluated when a query is planned)");
    }
    Expression cast = VectorCasts.cast(argument, type);
    Object value = DataType.equalsIgnoreNullability(cast.dataType(), type) ? cast.eval(null) : null;
    if (value == null) {
      throw new InvalidArgumentException(
          "Invalid "
              + name
              + " of "
              + NAME
              + ": "
              + argument.sql()
              + " (expected a value of type "
              + type.sql()
              + ")");
    }
    return value;
  }

  private static CollectionTable table(String name) {
    String[] parts = name.split("\\.", -1);
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
              + NAME
              + ": '"
              + name
              + "' (expected catalog.namespace.collection of a catalog of ProximaDB)");
    }
    String[] namespace = rest.length == 2 ? new String[] {rest[0]} : proxima.defaultNamespace();
    return proxima.collection(Identifier.of(namespace, rest[rest.length - 1]));
  }
}
