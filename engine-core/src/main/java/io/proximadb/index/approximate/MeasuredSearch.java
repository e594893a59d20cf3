package io.proximadb.index.approximate;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The search of an index that is measured by {@link Calibrator}: finds rows by their codes and
 * keeps those found, the nearest by estimates first, until the next search.
 */
public interface MeasuredSearch {
  /**
   * Looks at a part of the rows.
   *
   * @param effort that is spent, in the index's own measure
   * @param limit rows to keep, where the effort does not say
   * @param skipped a row that is passed by as if it were not there
   * @param live which rows may be found; null for all
   * @return rows scored
   */
  long walk(float[] query, int effort, int limit, int skipped, @Nullable IntPredicate live);

  /** The most rows that a walk of an effort finds. */
  int mostFound(int effort);

  /**
   * Looks at the codes of all rows but one.
   *
   * @param limit rows to keep
   * @return rows scored
   */
  long scan(float[] query, int limit, int skipped);

  /** The rows found by the last search. */
  Candidates found();
}
