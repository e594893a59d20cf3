package io.proximadb.spark.functions;

import io.proximadb.functions.VectorFunction;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.jspecify.annotations.Nullable;

/** Vectors between Spark's arrays and the functions. */
final class Vectors {
  private Vectors() {}

  /** A {@code float[]}, or {@link VectorFunction.HasNullElement}. */
  static Object fromSpark(ArrayData data) {
    int dimension = data.numElements();
    for (int i = 0; i < dimension; i++) {
      if (data.isNullAt(i)) {
        return new VectorFunction.HasNullElement(dimension);
      }
    }
    return data.toFloatArray();
  }

  static @Nullable ArrayData toSpark(float @Nullable [] vector) {
    return vector == null ? null : UnsafeArrayData.fromPrimitiveArray(vector);
  }
}
