package io.proximadb.storage;

/**
 * Sorts keyed hashes, which are spread evenly over all 64-bit numbers: one pass puts each next to
 * its place, a second one straightens the small runs.
 */
public final class HashOrder {
  /** Hashes expected in a bucket. */
  private static final int BUCKET_SHIFT = 2;

  private HashOrder() {}

  /** The places of the first {@code count} hashes in ascending order (unsigned), stable. */
  public static int[] of(long[] hashes, int count) {
    int bits = Math.max(1, 32 - Integer.numberOfLeadingZeros(count >>> BUCKET_SHIFT));
    int shift = Long.SIZE - bits;
    int[] starts = new int[(1 << bits) + 1];
    for (int i = 0; i < count; i++) {
      starts[(int) (hashes[i] >>> shift) + 1]++;
    }
    for (int i = 1; i < starts.length; i++) {
      starts[i] += starts[i - 1];
    }
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[starts[(int) (hashes[i] >>> shift)]++] = i;
    }
    // Insertion sort over all: no element is further from its place than its bucket is long.
    for (int i = 1; i < count; i++) {
      int moving = order[i];
      int at = i - 1;
      while (at >= 0 && Long.compareUnsigned(hashes[order[at]], hashes[moving]) > 0) {
        order[at + 1] = order[at];
        at--;
      }
      order[at + 1] = moving;
    }
    return order;
  }
}
