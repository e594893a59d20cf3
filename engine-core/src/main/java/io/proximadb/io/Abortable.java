package io.proximadb.io;

/**
 * A stream of a {@code FileIO} whose file can be given up. Where files appear when they are closed,
 * closing one that is not whole would make a cut file.
 */
public interface Abortable {
  /** From now on closing makes no file; does nothing after the stream was closed. */
  void abort();
}
