package io.proximadb.flink.functions;

import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorFunctions;
import io.proximadb.functions.VectorType;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.functions.SpecializedFunction;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;
import org.jspecify.annotations.Nullable;

/**
 * A vector function in Flink SQL. Vectors may be arrays of any numeric type; components become
 * 32-bit floats when a row is read, so that no cast has to be written. NULL handling is that of
 * {@link VectorFunction}.
 *
 * <p>An instance is a definition until the planner asks for one for the types of a call ({@link
 * #specialize}). Subclasses only differ in the Java signature of {@code eval}, which Flink finds by
 * reflection.
 */
public abstract sealed class FlinkVectorFunction extends ScalarFunction
    implements SpecializedFunction permits FloatFunction, IntFunction, ArrayFunction {
  private static final long serialVersionUID = 1;

  private final String name;
  private final List<VectorReader> readers;
  private transient @Nullable VectorFunction function;

  FlinkVectorFunction(String name, List<VectorReader> readers) {
    this.name = name;
    this.readers = List.copyOf(readers);
  }

  /** The coat for a function. */
  public static FlinkVectorFunction of(VectorFunction function) {
    return of(function.name(), function.resultType(), List.of());
  }

  private static FlinkVectorFunction of(
      String name, VectorType resultType, List<VectorReader> readers) {
    return switch (resultType) {
      case FLOAT -> new FloatFunction(name, readers);
      case INT -> new IntFunction(name, readers);
      case VECTOR -> new ArrayFunction(name, readers);
    };
  }

  private VectorFunction function() {
    if (function == null) {
      function =
          VectorFunctions.find(name)
              .orElseThrow(() -> new IllegalStateException("No vector function " + name));
    }
    return function;
  }

  @Override
  public void open(FunctionContext context) throws Exception {
    super.open(context);
    function();
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory typeFactory) {
    DataType result =
        switch (function().resultType()) {
          case FLOAT -> DataTypes.FLOAT();
          case INT -> DataTypes.INT();
          case VECTOR -> DataTypes.ARRAY(DataTypes.FLOAT()).bridgedTo(ArrayData.class);
        };
    return TypeInference.newBuilder()
        .inputTypeStrategy(new VectorArguments(function()))
        .outputTypeStrategy(TypeStrategies.explicit(result))
        .build();
  }

  @Override
  public UserDefinedFunction specialize(SpecializedContext context) {
    List<VectorReader> found = new ArrayList<>();
    for (DataType type : context.getCallContext().getArgumentDataTypes()) {
      if (VectorArguments.isVector(type.getLogicalType())) {
        found.add(VectorReader.of(type.getLogicalType()));
      }
    }
    return of(name, function().resultType(), found);
  }

  final @Nullable Object call(@Nullable ArrayData vector) {
    return function().evaluate(read(0, vector));
  }

  final @Nullable Object call(@Nullable ArrayData left, @Nullable ArrayData right) {
    return function().evaluate(read(0, left), read(1, right));
  }

  final @Nullable Object call(@Nullable ArrayData vector, @Nullable Double degree) {
    return function().evaluate(read(0, vector), degree == null ? null : degree.floatValue());
  }

  private @Nullable Object read(int argument, @Nullable ArrayData vector) {
    return vector == null ? null : readers.get(argument).read(vector);
  }
}
