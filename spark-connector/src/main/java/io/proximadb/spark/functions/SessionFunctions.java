package io.proximadb.spark.functions;

import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorFunctions;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.AbstractDataType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.Option;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Makes the functions that Spark lacks available without a catalog's name before them. */
public final class SessionFunctions {
  /** The method that Spark's generated code calls, see {@link ScalarFunction}. */
  private static final String INVOKE = ScalarFunction.MAGIC_METHOD_NAME;

  private SessionFunctions() {}

  /** Registers every function whose name is not one of Spark's built-in functions. */
  public static void inject(SparkSessionExtensions extensions) {
    for (VectorFunction function : VectorFunctions.all()) {
      FunctionIdentifier name = new FunctionIdentifier(function.name());
      if (!FunctionRegistry$.MODULE$.builtin().functionExists(name)) {
        Function1<Seq<Expression>, Expression> builder =
            arguments -> call(function, CollectionConverters.asJava(arguments));
        extensions.injectFunction(new Tuple3<>(name, info(function), builder));
      }
    }
  }

  private static ExpressionInfo info(VectorFunction function) {
    return new ExpressionInfo(
        SparkVectorFunctions.class.getName(),
        null,
        function.name(),
        function.usage() + " - " + function.description(),
        "",
        "",
        "",
        "",
        "",
        "",
        "java_udf");
  }

  /** A call of our own function, which scans know by its name. */
  public static Expression call(VectorFunction function, List<Expression> arguments) {
    StructType types = new StructType();
    for (int i = 0; i < arguments.size(); i++) {
      types = types.add("a" + i, arguments.get(i).dataType());
    }
    BoundVectorFunction bound = UnboundVectorFunction.bind(function, types);
    DataType[] wanted = bound.inputTypes();
    List<Expression> cast = new ArrayList<>();
    for (int i = 0; i < wanted.length; i++) {
      cast.add(VectorCasts.cast(arguments.get(i), wanted[i]));
    }
    return new StaticInvoke(
        bound.getClass(),
        bound.resultType(),
        INVOKE,
        ScalaSeqs.of(cast),
        ScalaSeqs.of(List.<AbstractDataType>of(wanted)),
        true,
        true,
        true,
        Option.apply(bound));
  }
}
