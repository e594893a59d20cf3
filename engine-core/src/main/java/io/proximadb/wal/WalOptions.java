package io.proximadb.wal;

import io.proximadb.error.InvalidArgumentException;

/**
 * Sizes of the log. Limits of memory and disk, not tuning: the defaults suit a machine of any size.
 *
 * @param segmentBytes when a segment is full and the next one is begun
 * @param maxUnitBytes the most that the records of one append may take, encoded
 * @param maxQueuedBytes the most that waits to become durable; above it appending waits
 */
public record WalOptions(long segmentBytes, int maxUnitBytes, long maxQueuedBytes) {
  /** What retention frees at once, and what recovery copies at most. */
  public static final long SEGMENT_BYTES = 64L << 20;

  /** One append is held in memory encoded, and is one frame. */
  public static final int MAX_UNIT_BYTES = 64 << 20;

  /** Heap for units on their way to the disk; room for two of the largest. */
  public static final long MAX_QUEUED_BYTES = 128L << 20;

  public static final WalOptions DEFAULT =
      new WalOptions(SEGMENT_BYTES, MAX_UNIT_BYTES, MAX_QUEUED_BYTES);

  /** A frame's length is an int, and arrays end a little below its maximum. */
  private static final int MAX_FRAME_BYTES = 1 << 30;

  public WalOptions {
    check("segmentBytes", segmentBytes, Long.MAX_VALUE);
    check("maxUnitBytes", maxUnitBytes, MAX_FRAME_BYTES);
    check("maxQueuedBytes", maxQueuedBytes, Long.MAX_VALUE);
  }

  private static void check(String name, long value, long max) {
    if (value < 1 || value > max) {
      throw new InvalidArgumentException(
          "Invalid option " + name + " of the log: " + value + " (expected 1 to " + max + ")");
    }
  }
}
