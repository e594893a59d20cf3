package io.proximadb.flink.functions;

import io.proximadb.functions.VectorFunction;
import java.io.Serializable;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;

/** Reads arrays of one numeric type as floats, rounding to the nearest one. */
@FunctionalInterface
interface VectorReader extends Serializable {
  /** The component at an index; it is not null. */
  float component(ArrayData array, int index);

  /** What {@link VectorFunction#evaluate} takes for a vector. */
  default Object read(ArrayData array) {
    float[] vector = new float[array.size()];
    for (int i = 0; i < vector.length; i++) {
      if (array.isNullAt(i)) {
        return new VectorFunction.HasNullElement(vector.length);
      }
      vector[i] = component(array, i);
    }
    return vector;
  }

  /** The reader for an array type that {@link VectorArguments} lets through. */
  static VectorReader of(LogicalType type) {
    LogicalType element = ((ArrayType) type).getElementType();
    return switch (element.getTypeRoot()) {
      case FLOAT -> ArrayData::getFloat;
      case DOUBLE -> (array, i) -> (float) array.getDouble(i);
      case TINYINT -> ArrayData::getByte;
      case SMALLINT -> ArrayData::getShort;
      case INTEGER -> ArrayData::getInt;
      case BIGINT -> ArrayData::getLong;
      case DECIMAL -> {
        ArrayData.ElementGetter getter = ArrayData.createElementGetter(element);
        yield (array, i) -> decimal(getter.getElementOrNull(array, i));
      }
      default -> throw new IllegalStateException("No numbers: " + type);
    };
  }

  private static float decimal(@org.jspecify.annotations.Nullable Object value) {
    return value == null ? Float.NaN : ((DecimalData) value).toBigDecimal().floatValue();
  }
}
