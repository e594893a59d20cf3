/**
 * The write-ahead log: what was acknowledged survives, what is replayed is applied once.
 *
 * <p>Read {@link io.proximadb.wal.Wal} and {@link io.proximadb.wal.WalRecord}, then {@link
 * io.proximadb.wal.FileWal} with {@link io.proximadb.wal.EngineHome}; inside, {@code CommitQueue}
 * and {@code LogStripe} for writing, {@code LogRecovery} for reading. The files are specified in
 * {@code docs/format/wal.md}. For a log without its engine there are {@link
 * io.proximadb.wal.WalInspector} and {@link io.proximadb.wal.WalRepair}. May depend on {@code io},
 * {@code model}, {@code env} and {@code error}.
 */
@NullMarked
package io.proximadb.wal;

import org.jspecify.annotations.NullMarked;
