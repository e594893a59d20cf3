package io.proximadb.env;

/**
 * Named steps at which a test can make the engine fail or die. In production {@link #NONE} is
 * given, which does nothing.
 */
@FunctionalInterface
public interface FailPoints {
  FailPoints NONE = step -> {};

  /** Called when a step is reached; may throw, or not return at all. */
  void reached(String step);
}
