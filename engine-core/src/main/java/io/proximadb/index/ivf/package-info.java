/**
 * An inverted file: rows in lists of near ones, each list with a centroid. A search looks at the
 * codes of the rows in the lists nearest to the query and ranks the best by their vectors.
 *
 * <p>Read {@link io.proximadb.index.ivf.IvfIndex}, then {@link io.proximadb.index.ivf.IvfSearcher}
 * and {@code IvfBuilder}. Depends on {@code vector}, {@code storage} (for rows and their clusters),
 * {@code index} and {@code index.approximate}. Why it is built so, and what was measured, is in
 * {@code docs/ivf.md}; its file is specified in {@code docs/format/index.md}.
 */
@NullMarked
package io.proximadb.index.ivf;

import org.jspecify.annotations.NullMarked;
