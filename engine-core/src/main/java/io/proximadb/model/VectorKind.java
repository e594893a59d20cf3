package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.util.Arrays;
import java.util.Locale;

/** How the components of a vector field are given. */
public enum VectorKind {
  /** All of them, as {@code list<float>}. */
  DENSE,

  /** Those that are not zero, with their indices: {@link SparseVector}. */
  SPARSE;

  /**
   * Reads a kind by its name, in any case.
   *
   * @throws InvalidArgumentException if there is no kind of that name
   */
  public static VectorKind parse(String name) {
    for (VectorKind kind : values()) {
      if (kind.name().equals(name.toUpperCase(Locale.ROOT))) {
        return kind;
      }
    }
    throw new InvalidArgumentException(
        "Invalid kind of vector: '"
            + name
            + "' (expected one of "
            + Arrays.toString(values())
            + ")");
  }
}
