package io.proximadb.model.column;

import org.jspecify.annotations.Nullable;

/**
 * The values of one column for a run of rows. Immutable once handed out.
 *
 * <p>Fast paths switch over the implementations; everyone else asks {@link #value(int)}.
 */
public sealed interface Column
    permits LongColumn, DoubleColumn, StringColumn, ObjectColumn, FloatVectorColumn {
  /** Number of rows. */
  int size();

  boolean isNull(int row);

  /**
   * The value as the Java class that its type maps to, see {@link io.proximadb.model.FieldType}.
   */
  @Nullable Object value(int row);

  /** The rows at these indices, in this order, as a column of its own. */
  Column select(int[] rows);

  /** Bytes of heap, roughly; for caches. */
  long estimatedBytes();
}
