package io.proximadb.wal;

import java.util.function.LongSupplier;

/**
 * A mirror, with what recovery must know to go on from it.
 *
 * @param mirror opened and not taken over; closed with the log
 * @param flushedSequence the highest log position of this engine that any table holds, asked for
 *     only if the local log is gone: a mirror that was behind may end before it
 */
public record MirroredLog(LogMirror mirror, LongSupplier flushedSequence) {}
