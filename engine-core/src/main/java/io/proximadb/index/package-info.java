/**
 * Indexes of immutable data files: the SPI, their files, and which ones a table is to have.
 *
 * <p>Read {@link io.proximadb.index.IndexType} first. Depends on {@code storage}, {@code vector},
 * {@code filter} and {@code model}; kinds of indexes are packages below, which this one does not
 * know.
 */
@NullMarked
package io.proximadb.index;

import org.jspecify.annotations.NullMarked;
