/**
 * The newest rows, in memory: every version that was accepted and is not in a file yet.
 *
 * <p>Read {@link io.proximadb.memtable.Memtable}. May depend on {@code model} and {@code error}.
 */
@NullMarked
package io.proximadb.memtable;

import org.jspecify.annotations.NullMarked;
