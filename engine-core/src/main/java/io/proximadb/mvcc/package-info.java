/**
 * The state of a collection as readers pin it: immutable, swapped whole, kept while somebody reads.
 *
 * <p>Read {@link io.proximadb.mvcc.CollectionState}, {@link io.proximadb.mvcc.SegmentHandle} and
 * {@link io.proximadb.mvcc.Pin}. May depend on the {@code storage} SPI, {@code catalog}, {@code
 * memtable} and {@code model}.
 */
@NullMarked
package io.proximadb.mvcc;

import org.jspecify.annotations.NullMarked;
