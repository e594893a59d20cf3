package io.proximadb.index;

import io.proximadb.error.InvalidArgumentException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The kinds of indexes there are. */
public final class IndexTypes {
  private static final List<IndexType> ALL =
      ServiceLoader.load(IndexType.class, IndexTypes.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private IndexTypes() {}

  public static List<IndexType> all() {
    return ALL;
  }

  /** The kind of that name, if there is one: a table may have been written by a newer version. */
  public static Optional<IndexType> find(String name) {
    return ALL.stream().filter(type -> type.name().equals(name)).findFirst();
  }

  /**
   * The kind of that name.
   *
   * @throws InvalidArgumentException if there is none
   */
  public static IndexType named(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new InvalidArgumentException(
                    "Invalid index type: '"
                        + name
                        + "' (expected one of "
                        + ALL.stream().map(IndexType::name).sorted().toList()
                        + ")"));
  }
}
