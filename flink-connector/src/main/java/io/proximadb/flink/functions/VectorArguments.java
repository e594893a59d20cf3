package io.proximadb.flink.functions;

import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentCount;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.ConstantArgumentCount;
import org.apache.flink.table.types.inference.InputTypeStrategy;
import org.apache.flink.table.types.inference.Signature;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/**
 * Which arguments a vector function takes: any array of numbers for a vector, any number for a
 * degree, and NULL for both.
 */
final class VectorArguments implements InputTypeStrategy {
  private final VectorFunction function;

  VectorArguments(VectorFunction function) {
    this.function = function;
  }

  static boolean isVector(LogicalType type) {
    return type instanceof ArrayType array && array.getElementType().is(LogicalTypeFamily.NUMERIC);
  }

  @Override
  public ArgumentCount getArgumentCount() {
    return ConstantArgumentCount.between(
        function.requiredArguments(), function.argumentTypes().size());
  }

  @Override
  public Optional<List<DataType>> inferInputTypes(CallContext call, boolean throwOnFailure) {
    List<DataType> expected = new ArrayList<>();
    List<DataType> given = call.getArgumentDataTypes();
    for (int i = 0; i < given.size(); i++) {
      DataType type = given.get(i);
      boolean isNull = type.getLogicalType().is(LogicalTypeRoot.NULL);
      if (function.argumentTypes().get(i) == VectorType.VECTOR) {
        if (!isNull && !isVector(type.getLogicalType())) {
          return invalid(call, throwOnFailure, i, "an ARRAY of numbers");
        }
        DataType vector = isNull ? DataTypes.ARRAY(DataTypes.FLOAT()) : type;
        expected.add(vector.bridgedTo(ArrayData.class));
      } else {
        if (!isNull && !type.getLogicalType().is(LogicalTypeFamily.NUMERIC)) {
          return invalid(call, throwOnFailure, i, "a number");
        }
        expected.add(DataTypes.DOUBLE());
      }
    }
    return Optional.of(expected);
  }

  private Optional<List<DataType>> invalid(
      CallContext call, boolean throwOnFailure, int argument, String expected) {
    return call.fail(
        throwOnFailure,
        "Invalid argument %d of %s: %s (expected %s)",
        argument + 1,
        function.name(),
        call.getArgumentDataTypes().get(argument).getLogicalType().asSummaryString(),
        expected);
  }

  @Override
  public List<Signature> getExpectedSignatures(FunctionDefinition definition) {
    List<Signature> signatures = new ArrayList<>();
    for (int count = function.requiredArguments();
        count <= function.argumentTypes().size();
        count++) {
      List<Signature.Argument> arguments = new ArrayList<>();
      for (VectorType type : function.argumentTypes().subList(0, count)) {
        arguments.add(
            type == VectorType.VECTOR
                ? Signature.Argument.ofGroup("vector", "ARRAY<NUMERIC>")
                : Signature.Argument.ofGroup("degree", "NUMERIC"));
      }
      signatures.add(Signature.of(arguments));
    }
    return signatures;
  }
}
