package io.proximadb.model;

import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A sparse vector as the value of its struct column. What moves columns, of memory and of files,
 * sees two lists; they stand in the vector's arrays.
 */
final class SparseStruct extends AbstractMap<String, @Nullable Object> {
  private final SparseVector vector;

  SparseStruct(SparseVector vector) {
    this.vector = vector;
  }

  SparseVector vector() {
    return vector;
  }

  /** Bytes of heap, roughly. */
  long estimatedBytes() {
    return 72 + (Integer.BYTES + Float.BYTES) * (long) vector.count();
  }

  private List<Integer> indices() {
    return new Components<>(vector.count(), vector::index);
  }

  private List<Float> components() {
    return new Components<>(vector.count(), vector::value);
  }

  @Override
  public @Nullable Object get(@Nullable Object field) {
    if (SparseVector.INDICES.equals(field)) {
      return indices();
    }
    return SparseVector.VALUES.equals(field) ? components() : null;
  }

  @Override
  public Set<Map.Entry<String, @Nullable Object>> entrySet() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put(SparseVector.INDICES, indices());
    fields.put(SparseVector.VALUES, components());
    return fields.entrySet();
  }

  private static final class Components<T> extends AbstractList<T> implements RandomAccess {
    private final int count;
    private final IntFunction<T> component;

    Components(int count, IntFunction<T> component) {
      this.count = count;
      this.component = component;
    }

    @Override
    public T get(int i) {
      return component.apply(i);
    }

    @Override
    public int size() {
      return count;
    }
  }
}
