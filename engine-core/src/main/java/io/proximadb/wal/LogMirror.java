package io.proximadb.wal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A second place for the log, on an object store, from which it is restored after the loss of all
 * local directories.
 *
 * <p>What it is given and gives back are <i>pieces</i>: a segment's header and some of its frames,
 * readable by themselves as a small segment. Safe for use by several threads.
 */
public interface LogMirror extends Closeable {
  /** Gets the pieces of a mirror. */
  @FunctionalInterface
  interface PieceConsumer {
    /**
     * Gets one piece.
     *
     * @param name tells the piece in error messages: the object's location, and where in it
     * @param bytes the header and the frames
     */
    void accept(String name, byte[] bytes) throws IOException;
  }

  /**
   * Takes the mirror over: from then on no one who took it over before can add to it. Called once,
   * before all else.
   *
   * @return the epoch of this taker, higher than all before
   */
  long takeOver() throws IOException;

  /**
   * Reads all pieces that hold a record from a number on, in the order of their records; they may
   * begin with lower numbers.
   */
  void read(long fromSequence, PieceConsumer consumer) throws IOException;

  /**
   * Takes a group of frames; as {@link MirrorMode} says, returns when it is stored, or soon.
   * Numbers may come out of order from several threads, but without gap once all have returned.
   *
   * @param header of the segment that the frames are in; the same array for the same segment
   * @param frames copied if they are kept
   * @throws IOException if the store failed for good, or another engine took the mirror over;
   *     nothing can be written any more
   */
  void write(long firstSequence, long lastSequence, byte[] header, ByteBuffer frames)
      throws IOException;

  /** All records up to this number are stored. */
  long storedSequence();

  /** Objects whose records all have lower numbers may go. */
  void release(long belowSequence) throws IOException;

  /** Stores what waits, then closes. */
  @Override
  void close() throws IOException;
}
