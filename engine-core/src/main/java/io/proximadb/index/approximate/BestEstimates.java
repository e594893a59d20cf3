package io.proximadb.index.approximate;

import java.util.Arrays;

/**
 * Keeps the rows of the least estimates, at most a given number. Offers cost the same however many
 * are kept: they are gathered, and sorted out each time as many came as are kept.
 *
 * <p>A row is one long, its estimate as a sortable int and its position, so that comparing longs
 * compares estimates, and of equal ones the lower position comes first.
 */
public final class BestEstimates implements FoundRows {
  private static final int LEAST_ROOM = 32;

  private long[] entries = new long[0];
  private int limit;
  private int size;
  private float worst;
  private boolean sorted;

  /** Forgets all, to keep at most so many. */
  public void reset(int newLimit) {
    int room = Math.max(LEAST_ROOM, 2 * newLimit);
    if (room > entries.length) {
      entries = new long[room];
    }
    limit = newLimit;
    size = 0;
    worst = Float.POSITIVE_INFINITY;
    sorted = true;
  }

  /** What an estimate has to be below; above what it is after all offers were sorted out. */
  public float worst() {
    return worst;
  }

  /** Keeps a row if its estimate is below the worst. */
  public void offer(float estimate, int row) {
    if (!(estimate < worst)) {
      return;
    }
    int bits = Float.floatToRawIntBits(estimate);
    int sortable = bits ^ (bits >> 31 & Integer.MAX_VALUE);
    entries[size++] = ((long) sortable << 32) | row;
    sorted = false;
    if (size == Math.max(LEAST_ROOM, 2 * limit)) {
      sort();
    }
  }

  private void sort() {
    if (sorted) {
      return;
    }
    Arrays.sort(entries, 0, size);
    sorted = true;
    if (size >= limit) {
      size = limit;
      int sortable = (int) (entries[limit - 1] >> 32);
      worst = Float.intBitsToFloat(sortable ^ (sortable >> 31 & Integer.MAX_VALUE));
    }
  }

  @Override
  public int size() {
    sort();
    return size;
  }

  @Override
  public int node(int rank) {
    sort();
    return (int) entries[rank];
  }
}
