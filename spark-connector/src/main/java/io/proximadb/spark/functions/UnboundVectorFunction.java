package io.proximadb.spark.functions;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorType;
import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/** A vector function whose arguments are not known yet. */
final class UnboundVectorFunction implements UnboundFunction {
  private final VectorFunction function;

  UnboundVectorFunction(VectorFunction function) {
    this.function = function;
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if number or types of arguments do not fit; Spark makes
   *     its own exception of it and keeps the message
   */
  @Override
  public BoundFunction bind(StructType arguments) {
    try {
      return bind(function, arguments);
    } catch (InvalidArgumentException e) {
      throw new UnsupportedOperationException(e.getMessage(), e);
    }
  }

  /**
   * Binds a function to arguments of these types.
   *
   * @throws InvalidArgumentException if their number or types do not fit
   */
  static BoundVectorFunction bind(VectorFunction function, StructType arguments) {
    int count = arguments.length();
    if (count < function.requiredArguments() || count > function.argumentTypes().size()) {
      throw new InvalidArgumentException(
          "Invalid number of arguments of "
              + function.name()
              + ": "
              + count
              + " (expected "
              + function.usage()
              + ")");
    }
    for (int i = 0; i < count; i++) {
      check(function, i, arguments.fields()[i].dataType());
    }
    return SparkVectorFunctions.bind(function, count);
  }

  private static void check(VectorFunction function, int i, DataType given) {
    boolean isVector = function.argumentTypes().get(i) == VectorType.VECTOR;
    DataType number = isVector && given instanceof ArrayType list ? list.elementType() : given;
    boolean fits =
        DataTypes.NullType.equals(given)
            || ((given instanceof ArrayType) == isVector
                && (number instanceof NumericType || DataTypes.NullType.equals(number)));
    if (!fits) {
      throw new InvalidArgumentException(
          "Invalid argument "
              + (i + 1)
              + " of "
              + function.name()
              + ": "
              + given.sql()
              + " (expected "
              + (isVector ? "ARRAY<FLOAT>" : "FLOAT")
              + ")");
    }
  }

  @Override
  public String description() {
    return function.usage() + " - " + function.description();
  }

  @Override
  public String name() {
    return function.name();
  }
}
