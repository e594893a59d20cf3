/**
 * Exact search: every row is compared with the query.
 *
 * <p>Read {@link io.proximadb.index.flat.FlatSearch} and {@link io.proximadb.index.flat.TopK}. May
 * depend on the {@code storage} SPI and on {@code vector}.
 */
@NullMarked
package io.proximadb.index.flat;

import org.jspecify.annotations.NullMarked;
