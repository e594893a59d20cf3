package io.proximadb.functions;

/** The SQL types that vector functions take and give. */
public enum VectorType {
  /** {@code ARRAY<FLOAT>}; in Java a {@code float[]}, or {@link VectorFunction.HasNullElement}. */
  VECTOR,
  /** {@code FLOAT}; in Java a {@link Float}. */
  FLOAT,
  /** {@code INT}; in Java an {@link Integer}. */
  INT
}
