package io.proximadb.flink.functions;

import java.util.List;
import org.apache.flink.table.data.ArrayData;
import org.jspecify.annotations.Nullable;

/** A vector function that gives a {@code FLOAT}. */
public final class FloatFunction extends FlinkVectorFunction {
  private static final long serialVersionUID = 1;

  FloatFunction(String name, List<VectorReader> readers) {
    super(name, readers);
  }

  public @Nullable Float eval(@Nullable ArrayData vector) {
    return (Float) call(vector);
  }

  public @Nullable Float eval(@Nullable ArrayData left, @Nullable ArrayData right) {
    return (Float) call(left, right);
  }

  public @Nullable Float eval(@Nullable ArrayData vector, @Nullable Double degree) {
    return (Float) call(vector, degree);
  }
}
