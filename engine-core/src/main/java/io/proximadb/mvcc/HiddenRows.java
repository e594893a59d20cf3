package io.proximadb.mvcc;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.roaringbitmap.RoaringBitmap;

/**
 * Rows of a file that newer, unflushed rows replace: position to the sequence from which the row is
 * hidden. The write path fills it in, under its lock, before that sequence becomes visible.
 */
public final class HiddenRows {
  /*
   * Concurrency: a reader fixes its sequence first and acquires the state then, so every row that
   * its sequence hides was put into the map of that state or of one before it, which was copied. A
   * map is never thinned out in place: a reader of an older snapshot has no deletion vector yet for
   * what a flush makes one for.
   */
  private final Map<Integer, Long> hiddenFrom;

  public HiddenRows() {
    this(new ConcurrentHashMap<>());
  }

  private HiddenRows(Map<Integer, Long> hiddenFrom) {
    this.hiddenFrom = hiddenFrom;
  }

  /** Hides a row from readers at that sequence or later. */
  public void hide(int position, long sequence) {
    hiddenFrom.merge(position, sequence, Math::min);
  }

  boolean isHidden(int position, long sequence) {
    if (hiddenFrom.isEmpty()) {
      return false;
    }
    Long from = hiddenFrom.get(position);
    return from != null && from <= sequence;
  }

  /** How many rows are hidden from a reader and not deleted anyway. */
  long count(long sequence, RoaringBitmap deleted) {
    return hiddenFrom.entrySet().stream()
        .filter(entry -> entry.getValue() <= sequence && !deleted.contains(entry.getKey()))
        .count();
  }

  /** A copy without the rows that a deletion vector deletes. */
  HiddenRows without(RoaringBitmap deleted) {
    Map<Integer, Long> copy = new ConcurrentHashMap<>(hiddenFrom);
    copy.keySet().removeIf(deleted::contains);
    return new HiddenRows(copy);
  }
}
