package io.proximadb.bench.ann;

import java.io.IOException;
import java.nio.file.Path;

/** An approximate index to be measured; used by one thread. */
public interface AnnLibrary {
  /** The name and the settings of the build, for people. */
  String name();

  /**
   * Puts the vectors where the library has them; not part of the build that is measured.
   *
   * @param scratch for files
   */
  default void prepare(AnnData data, Path scratch) throws IOException {}

  /**
   * Builds the index.
   *
   * @param data kept by the caller
   */
  void build(AnnData data) throws IOException;

  /** Bytes beyond the vectors themselves, or -1 if that is not known. */
  long memoryBytes();

  /** The settings to sweep, from fast to sure; their meaning is the library's. */
  int[] settings();

  /** The rows nearest to a query, at most {@code k}, by a setting. */
  int[] search(float[] query, int k, int setting) throws IOException;
}
