package io.proximadb.maintenance;

import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What searches and the build of indexes tell each other.
 *
 * @param damaged files of indexes that a search found damaged
 * @param built told of files that were written
 */
public record IndexNews(Supplier<Set<String>> damaged, Consumer<Set<String>> built) {
  /** Where nobody searches beside maintenance. */
  public static final IndexNews NONE = new IndexNews(Set::of, locations -> {});
}
