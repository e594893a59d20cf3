package io.proximadb.catalog;

import io.proximadb.storage.IdSet;
import io.proximadb.storage.SegmentReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds ids that stand in several files in one pass over all of them, each in the order of hashes:
 * for tables of many files none of which is settled, where pairs of files would be too many.
 */
final class ReplacedAcross {
  private ReplacedAcross() {}

  /** The next hash of a file. */
  private static final class Cursor implements Comparable<Cursor> {
    private final int file;
    private final IdSet ids;
    private int at;

    Cursor(int file, IdSet ids) {
      this.file = file;
      this.ids = ids;
    }

    long hash() {
      return ids.hash(at);
    }

    @Override
    public int compareTo(Cursor other) {
      return Long.compareUnsigned(hash(), other.hash());
    }
  }

  /**
   * The rows of each file whose id stands in a later one, or later in the file.
   *
   * @param files in the order in which later ones replace rows of earlier ones
   */
  static List<RoaringBitmap> find(List<SegmentReader> files) {
    List<RoaringBitmap> replaced = new ArrayList<>();
    PriorityQueue<Cursor> queue = new PriorityQueue<>();
    for (SegmentReader file : files) {
      Cursor cursor = new Cursor(replaced.size(), file.ids());
      if (cursor.ids.size() > 0) {
        queue.add(cursor);
      }
      replaced.add(file.repeatedRows());
    }
    List<Cursor> equal = new ArrayList<>();
    while (!queue.isEmpty()) {
      equal.clear();
      long hash = queue.peek().hash();
      while (!queue.isEmpty() && queue.peek().hash() == hash) {
        Cursor cursor = queue.remove();
        equal.add(cursor);
      }
      if (equal.size() > 1) {
        settle(files, equal, hash, replaced);
      }
      for (Cursor cursor : equal) {
        skip(cursor, hash);
        if (cursor.at < cursor.ids.size()) {
          queue.add(cursor);
        }
      }
    }
    return replaced;
  }

  private static void skip(Cursor cursor, long hash) {
    while (cursor.at < cursor.ids.size() && cursor.hash() == hash) {
      cursor.at++;
    }
  }

  /** Of each id of that hash the row in the last file counts. */
  private static void settle(
      List<SegmentReader> files, List<Cursor> equal, long hash, List<RoaringBitmap> replaced) {
    Map<String, Integer> newest = new HashMap<>();
    for (Cursor cursor : equal) {
      for (int i = cursor.at; i < cursor.ids.size() && cursor.ids.hash(i) == hash; i++) {
        newest.merge(cursor.ids.id(i), cursor.file, Math::max);
      }
    }
    for (Cursor cursor : equal) {
      for (int i = cursor.at; i < cursor.ids.size() && cursor.ids.hash(i) == hash; i++) {
        String id = cursor.ids.id(i);
        if (newest.getOrDefault(id, -1) != cursor.file) {
          replaced.get(cursor.file).add(files.get(cursor.file).find(id));
        }
      }
    }
  }
}
