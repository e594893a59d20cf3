package io.proximadb.storage;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Makes sets of ids to look for in segments. */
public final class IdSets {
  private IdSets() {}

  /** The set of these ids; one that stands twice is in it once. */
  public static IdSet of(TableContext table, Collection<String> ids) {
    IdHash hash = IdHash.of(table.tableUuid());
    String[] all = ids.toArray(new String[0]);
    long[] hashes = new long[all.length];
    for (int i = 0; i < all.length; i++) {
      hashes[i] = hash.of(all[i]);
    }
    return distinct(hashes, i -> all[i]);
  }

  /**
   * The set of ids whose hashes are known; one that stands twice is in it once.
   *
   * @param hashes under the table's key, not changed any more
   * @param ids that they are of, read as long as the set is
   */
  public static IdSet of(long[] hashes, Ids ids) {
    return distinct(hashes, ids);
  }

  /**
   * The ids of all these sets, which must be of the same table. It reads ids from them, so it lives
   * no longer than they do.
   */
  public static IdSet union(TableContext table, List<IdSet> sets) {
    if (sets.size() == 1) {
      return sets.get(0);
    }
    int total = 0;
    for (IdSet set : sets) {
      total = Math.addExact(total, set.size());
    }
    long[] hashes = new long[total];
    int[] starts = new int[sets.size()];
    int at = 0;
    for (int s = 0; s < sets.size(); s++) {
      starts[s] = at;
      for (int i = 0; i < sets.get(s).size(); i++) {
        hashes[at++] = sets.get(s).hash(i);
      }
    }
    return distinct(
        hashes,
        i -> {
          int found = Arrays.binarySearch(starts, i);
          int set = found >= 0 ? lastWithStart(starts, found) : -found - 2;
          return sets.get(set).id(i - starts[set]);
        });
  }

  /** Empty sets start where the next one starts; the last of them holds the element. */
  private static int lastWithStart(int[] starts, int found) {
    int last = found;
    while (last + 1 < starts.length && starts[last + 1] == starts[found]) {
      last++;
    }
    return last;
  }

  /** Where ids come from, by place. */
  public interface Ids {
    String at(int place);
  }

  private static IdSet distinct(long[] hashes, Ids ids) {
    int[] order = HashOrder.of(hashes, hashes.length);
    long[] sorted = new long[hashes.length];
    int[] places = new int[hashes.length];
    int count = 0;
    for (int place : order) {
      if (!isTwin(sorted, places, count, hashes[place], place, ids)) {
        sorted[count] = hashes[place];
        places[count++] = place;
      }
    }
    return new Sorted(Arrays.copyOf(sorted, count), Arrays.copyOf(places, count), ids);
  }

  /** Only ids of equal hash are compared. */
  private static boolean isTwin(
      long[] sorted, int[] places, int count, long hash, int place, Ids ids) {
    for (int i = count - 1; i >= 0 && sorted[i] == hash; i--) {
      if (ids.at(places[i]).equals(ids.at(place))) {
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Sorted(long[] hashes, int[] places, Ids ids) implements IdSet {
    @Override
    public int size() {
      return hashes.length;
    }

    @Override
    public long hash(int i) {
      return hashes[i];
    }

    @Override
    public String id(int i) {
      return ids.at(places[i]);
    }
  }
}
