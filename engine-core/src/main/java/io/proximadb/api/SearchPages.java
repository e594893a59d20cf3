package io.proximadb.api;

import java.io.Closeable;
import java.time.Duration;
import java.util.List;

/**
 * A ranking that is read page by page: what is written meanwhile changes no page. Close it when no
 * more pages are wanted. Safe for use by several threads, which then get different pages.
 *
 * <p>It pins what it reads, so files and memory stay until it is closed, or until it was not asked
 * for {@link #MAX_IDLE}.
 */
public interface SearchPages extends Closeable {
  /** Longest time between two pages: rewritten files and old rows are kept so long. */
  Duration MAX_IDLE = Duration.ofMinutes(5);

  /** Most rankings of a collection that are open at a time. */
  int MAX_OPEN = 64;

  /**
   * The hits after those of the pages before, ordered by distance, then id.
   *
   * @param size 1 to {@value SearchRequest#MAX_K}
   * @return fewer than {@code size} at the end, and none after it
   * @throws io.proximadb.error.ClosedException if it was closed, or not asked for too long
   */
  List<SearchHit> next(int size);

  @Override
  void close();
}
