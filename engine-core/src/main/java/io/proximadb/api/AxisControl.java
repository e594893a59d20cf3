package io.proximadb.api;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How AXIS answers the searches of a collection; see {@code docs/axis.md}. What it decided, and
 * what is measured, {@link Collection#axis()} tells.
 */
public interface AxisControl {
  /**
   * What would be decided about a field now; changes nothing. Tries every candidate on a sample of
   * the rows, which takes some seconds.
   *
   * @param field or null for the default one
   * @throws io.proximadb.error.InvalidArgumentException if there is no vector field of that name
   */
  AxisPlan explain(@Nullable String field);

  /**
   * Has a field answered by a strategy from now on, whatever AXIS thinks of it: by a migration as
   * any other, which is rolled back if answers turn out to be wrong. One that is under way to
   * another strategy is cancelled.
   *
   * @param strategy as {@link #explain} names them
   * @throws io.proximadb.error.InvalidArgumentException if there is no such field or strategy, or
   *     they do not fit
   */
  void override(String field, String strategy);

  /**
   * Has AXIS decide about a field again.
   *
   * @throws io.proximadb.error.InvalidArgumentException if there is no vector field of that name
   */
  void automatic(String field);

  /**
   * Does now what the background would do next: decides, or takes a migration one step further.
   * Indexes are built by {@link Collection#optimize()} or in the background.
   *
   * @return what was done, in words; empty if there was nothing
   * @throws io.proximadb.error.NotOwnerException if another engine owns the collection
   */
  Optional<String> step();
}
