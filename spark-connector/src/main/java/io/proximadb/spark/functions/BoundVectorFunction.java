package io.proximadb.spark.functions;

import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorFunctions;
import io.proximadb.functions.VectorType;
import io.proximadb.spark.types.SparkTypes;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/**
 * A vector function with a fixed number of arguments. Subclasses add the static {@code invoke} that
 * generated code calls.
 */
abstract class BoundVectorFunction implements ScalarFunction<Object> {
  private final String name;
  private final int arguments;

  BoundVectorFunction(VectorFunction function, int arguments) {
    this.name = function.name();
    this.arguments = arguments;
  }

  private VectorFunction function() {
    return VectorFunctions.find(name).orElseThrow();
  }

  @Override
  public DataType[] inputTypes() {
    return function().argumentTypes().stream()
        .limit(arguments)
        .map(BoundVectorFunction::toSpark)
        .toArray(DataType[]::new);
  }

  @Override
  public DataType resultType() {
    VectorType type = function().resultType();
    return type == VectorType.VECTOR ? SparkTypes.VECTOR : toSpark(type);
  }

  private static DataType toSpark(VectorType type) {
    return switch (type) {
      case VECTOR -> SparkTypes.NULLABLE_VECTOR;
      case FLOAT -> DataTypes.FloatType;
      case INT -> DataTypes.IntegerType;
    };
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String canonicalName() {
    return "proximadb." + name;
  }

  /** Called where Spark interprets; generated code calls the static method. */
  @Override
  public @Nullable Object produceResult(InternalRow input) {
    @Nullable Object[] values = new @Nullable Object[arguments];
    for (int i = 0; i < arguments; i++) {
      if (!input.isNullAt(i)) {
        values[i] =
            function().argumentTypes().get(i) == VectorType.VECTOR
                ? Vectors.fromSpark(input.getArray(i))
                : (Object) input.getFloat(i);
      }
    }
    Object result = function().evaluate(values);
    return result instanceof float[] vector ? Vectors.toSpark(vector) : result;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof BoundVectorFunction function
        && function.name.equals(name)
        && function.arguments == arguments;
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, arguments);
  }
}
