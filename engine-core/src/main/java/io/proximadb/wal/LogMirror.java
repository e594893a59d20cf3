package io.proximadb.wal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A second place for the log, on an object store, from which it is restored after the loss of all
 * local directories.
 *
 * <p>What it is given and gives back are <i>pieces</i>: a segment's header and some of its frames,
 * readable by themselves as a small segment, except that the frames may begin later than the header
 * says. Called in this order: {@link #takeOver()}; {@link #read} and {@link #endOf} as needed;
 * {@link #begin}; then {@link #write}, {@link #release} and {@link #storedSequence()} by any number
 * of threads.
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
   * before all else. Afterwards {@link #storedSequence()} is the last record in the mirror.
   *
   * @return the epoch of this taker, higher than all before
   */
  long takeOver() throws IOException;

  /**
   * The last record that counts of those written under an earlier epoch or one before it: at that
   * record it was taken over. A local log whose newest epoch this is must not go on with records
   * above it if {@link #storedSequence()} is higher: someone else wrote those numbers.
   *
   * @param epoch from 0, for a log that had no mirror, to the one before this taker's
   */
  long endOf(long epoch) throws IOException;

  /**
   * Reads all pieces that hold a record from a number on, in the order of their records; they may
   * begin with lower numbers. Records that were released are left out, also where their objects are
   * still there.
   *
   * @throws io.proximadb.error.CorruptFileException if an object is missing or damaged, naming it
   * @throws MirrorFencedException if another engine took the mirror over meanwhile
   */
  void read(long fromSequence, PieceConsumer consumer) throws IOException;

  /**
   * Says with which number writing goes on, once, before the first write. Numbers between the last
   * record in the mirror and this one have no records, or such as are in tables already.
   *
   * @param nextSequence above {@link #storedSequence()}
   */
  void begin(long nextSequence) throws IOException;

  /**
   * Takes a group of frames; as {@link MirrorMode} says, returns when it is stored, or soon.
   * Numbers may come out of order from several threads, but without gap once all have returned: a
   * record is safe when {@link #storedSequence()} has reached it, which under {@link
   * MirrorMode#SYNC} is when this has returned for it and for all lower numbers.
   *
   * @param header of the segment that the frames are in; the same array for the same segment, and
   *     never changed
   * @param frames the remaining bytes; copied if they are kept, the buffer is left as it is
   * @throws MirrorFencedException if another engine took the mirror over; nothing can be written
   *     any more
   * @throws IOException if the store failed for good; nothing can be written any more, and what
   *     this group holds may be in the mirror or not
   */
  void write(long firstSequence, long lastSequence, byte[] header, ByteBuffer frames)
      throws IOException;

  /** All records up to this number are stored, those that were released included. */
  long storedSequence();

  /**
   * Objects whose records all have lower numbers may go. They go later, when an object that says so
   * is stored: see {@code docs/format/wal.md}. A store that does not delete is no failure.
   */
  void release(long belowSequence) throws IOException;

  /**
   * Objects that hold records below a number and are still there; names, oldest first. Fences and
   * skips, which have no records, are none of them.
   */
  List<String> heldBelow(long sequence);

  /**
   * Stores what waits, then closes.
   *
   * @throws IOException if not all could be stored; the local log has it
   */
  @Override
  void close() throws IOException;
}
