/**
 * The log's mirror on an object store: {@link io.proximadb.wal.mirror.ObjectMirror}.
 *
 * <p>Read the chapter "Mirror" of {@code docs/format/wal.md} first, it has the protocol and why it
 * holds; then {@code MirrorChain}, which takes over and finds what counts, {@code MirrorWriter},
 * which stores objects, and {@link io.proximadb.wal.mirror.ObjectStore}, what a store must do. May
 * depend on {@code wal}, {@code io} and {@code error}; Hadoop is known to the package {@code
 * hadoop} below alone, which is loaded when a location needs it.
 */
@NullMarked
package io.proximadb.wal.mirror;

import org.jspecify.annotations.NullMarked;
