/**
 * What approximate indexes of dense vectors share: the measuring of the recall that their searches
 * reach, the choice of a way to search by it, and the ranking of what was found by the vectors.
 *
 * <p>Read {@link io.proximadb.index.approximate.Calibration}, then {@link
 * io.proximadb.index.approximate.Calibrator} and {@link
 * io.proximadb.index.approximate.ExactScores}. Depends on {@code vector}, {@code storage} (for
 * rows) and {@code index}.
 */
@NullMarked
package io.proximadb.index.approximate;

import org.jspecify.annotations.NullMarked;
