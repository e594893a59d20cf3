package io.proximadb.index.approximate;

/**
 * The best nodes found so far, in order, at most a given number.
 *
 * <p>A node is one long: its score as a sortable int, its number, and a bit that says whether its
 * neighbours were looked at. So comparing longs compares scores, and of equal scores the smaller
 * number comes first. For the few dozen nodes of a search a sorted array beats a heap: most offers
 * are refused by one comparison, and the next node to look at is found without a second structure.
 */
public final class Candidates {
  private static final long EXPANDED = 1;

  private long[] entries = new long[0];
  private int limit;
  private int size;

  /** All before this were expanded. */
  private int next;

  /** Forgets all, to keep at most so many. */
  public void reset(int newLimit) {
    if (newLimit > entries.length) {
      entries = new long[newLimit];
    }
    limit = newLimit;
    size = 0;
    next = 0;
  }

  public int size() {
    return size;
  }

  /** The node of that rank, from 0. */
  public int node(int rank) {
    return (int) entries[rank] >>> 1;
  }

  /** The score of the node of that rank, from 0. */
  public float score(int rank) {
    return score(entries[rank]);
  }

  public boolean isFull() {
    return size == limit;
  }

  /** What a score has to be below, not to be refused. */
  public float worst() {
    return size < limit ? Float.POSITIVE_INFINITY : score(entries[size - 1]);
  }

  /** Keeps a node if it is among the best; it must not be kept already. */
  public void offer(float score, int node) {
    long entry = entry(score, node);
    int end;
    if (size < limit) {
      end = size++;
    } else if (entry < entries[limit - 1]) {
      end = limit - 1;
    } else {
      return;
    }
    int low = 0;
    int high = end;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entries[middle] < entry) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    System.arraycopy(entries, low, entries, low + 1, end - low);
    entries[low] = entry;
    next = Math.min(next, low);
  }

  /** The rank of the best node not yet expanded, which from now on is; -1 if there is none. */
  public int expandNext() {
    while (next < size) {
      int rank = next++;
      if ((entries[rank] & EXPANDED) == 0) {
        entries[rank] |= EXPANDED;
        return rank;
      }
    }
    return -1;
  }

  private static long entry(float score, int node) {
    int bits = Float.floatToRawIntBits(score);
    int sortable = bits ^ (bits >> 31 & Integer.MAX_VALUE);
    return ((long) sortable << 32) | ((node << 1) & 0xffff_ffffL);
  }

  private static float score(long entry) {
    int sortable = (int) (entry >> 32);
    return Float.intBitsToFloat(sortable ^ (sortable >> 31 & Integer.MAX_VALUE));
  }
}
