package io.proximadb.flink.functions;

import java.util.List;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.jspecify.annotations.Nullable;

/** A vector function that gives an {@code ARRAY<FLOAT>}. */
public final class ArrayFunction extends FlinkVectorFunction {
  private static final long serialVersionUID = 1;

  ArrayFunction(String name, List<VectorReader> readers) {
    super(name, readers);
  }

  public @Nullable ArrayData eval(@Nullable ArrayData vector) {
    return array(call(vector));
  }

  public @Nullable ArrayData eval(@Nullable ArrayData vector, @Nullable Double degree) {
    return array(call(vector, degree));
  }

  private static @Nullable ArrayData array(@Nullable Object floats) {
    return floats == null ? null : new GenericArrayData((float[]) floats);
  }
}
