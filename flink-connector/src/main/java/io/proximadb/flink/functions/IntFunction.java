package io.proximadb.flink.functions;

import java.util.List;
import org.apache.flink.table.data.ArrayData;
import org.jspecify.annotations.Nullable;

/** A vector function that gives an {@code INT}. */
public final class IntFunction extends FlinkVectorFunction {
  private static final long serialVersionUID = 1;

  IntFunction(String name, List<VectorReader> readers) {
    super(name, readers);
  }

  public @Nullable Integer eval(@Nullable ArrayData vector) {
    return (Integer) call(vector);
  }
}
