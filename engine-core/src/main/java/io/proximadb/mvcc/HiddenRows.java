package io.proximadb.mvcc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.roaringbitmap.RoaringBitmap;

/**
 * Rows of a file that newer, unflushed rows replace: position to the sequence from which the row is
 * hidden. The write path fills it in, under its lock, before that sequence becomes visible.
 *
 * <p>A hash table of numbers, open addressing, at most half full: 12 bytes a slot. With objects for
 * keys and values it was most of what garbage collection had to copy while records are upserted.
 */
public final class HiddenRows {
  /*
   * Concurrency: a reader fixes its sequence first and acquires the state then, so every row that
   * its sequence hides was put into the table of that state or of one before it, which was copied. A
   * table is never thinned out in place: a reader of an older snapshot has no deletion vector yet for
   * what a flush makes one for.
   *
   * One thread writes at a time, readers take no lock. A slot's sequence is written before its
   * position, which says that the slot is taken; a table that grew is published whole. A reader that
   * meets a table from before sees all that was in it when its sequence became visible.
   */
  private static final VarHandle POSITION = MethodHandles.arrayElementVarHandle(int[].class);
  private static final VarHandle SEQUENCE = MethodHandles.arrayElementVarHandle(long[].class);

  private static final int FREE = -1;
  private static final int MIN_SLOTS = 16;

  /** Odd, and with no pattern in its upper bits: 2^32 by the golden ratio. */
  private static final int SPREAD = 0x9E3779B9;

  /**
   * Slots, a power of two.
   *
   * @param positions of the taken slots, {@link #FREE} for the others
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Table(int[] positions, long[] sequences) {
    static Table of(int slots) {
      int[] positions = new int[slots];
      Arrays.fill(positions, FREE);
      return new Table(positions, new long[slots]);
    }

    /** The slot that has a position, or the free one where it belongs. */
    int slot(int position) {
      int mask = positions.length - 1;
      int slot = (position * SPREAD) >>> Integer.numberOfLeadingZeros(mask);
      while (true) {
        int found = (int) POSITION.getAcquire(positions, slot);
        if (found == position || found == FREE) {
          return slot;
        }
        slot = (slot + 1) & mask;
      }
    }
  }

  // Changed by one thread at a time.
  private int size;
  private volatile Table table;

  public HiddenRows() {
    this(MIN_SLOTS);
  }

  private HiddenRows(int slots) {
    this.table = Table.of(slots);
  }

  /** Hides a row from readers at that sequence or later. One thread at a time. */
  public void hide(int position, long sequence) {
    Table known = table;
    int slot = known.slot(position);
    if (known.positions[slot] == position) {
      if (sequence < known.sequences[slot]) {
        SEQUENCE.setOpaque(known.sequences, slot, sequence);
      }
      return;
    }
    if (2 * (size + 1) > known.positions.length) {
      known = grown(known);
      slot = known.slot(position);
      table = known;
    }
    put(known, slot, position, sequence);
    size++;
  }

  private static void put(Table into, int slot, int position, long sequence) {
    SEQUENCE.setOpaque(into.sequences, slot, sequence);
    POSITION.setRelease(into.positions, slot, position);
  }

  private static Table grown(Table table) {
    Table grown = Table.of(Math.multiplyExact(2, table.positions.length));
    for (int i = 0; i < table.positions.length; i++) {
      int position = table.positions[i];
      if (position != FREE) {
        put(grown, grown.slot(position), position, table.sequences[i]);
      }
    }
    return grown;
  }

  boolean isHidden(int position, long sequence) {
    Table known = table;
    int slot = known.slot(position);
    return (int) POSITION.getAcquire(known.positions, slot) == position
        && (long) SEQUENCE.getOpaque(known.sequences, slot) <= sequence;
  }

  /** Names the rows hidden from a reader. */
  void forEach(long sequence, IntConsumer rows) {
    Table known = table;
    for (int slot = 0; slot < known.positions.length; slot++) {
      int position = (int) POSITION.getAcquire(known.positions, slot);
      if (position != FREE && (long) SEQUENCE.getOpaque(known.sequences, slot) <= sequence) {
        rows.accept(position);
      }
    }
  }

  /** How many rows are hidden from a reader and not deleted anyway. */
  long count(long sequence, RoaringBitmap deleted) {
    long[] count = {0};
    forEach(sequence, position -> count[0] += deleted.contains(position) ? 0 : 1);
    return count[0];
  }

  /** A copy without the rows that a deletion vector deletes; nobody hides rows meanwhile. */
  HiddenRows without(RoaringBitmap deleted) {
    Table known = table;
    int[] kept = new int[size];
    int count = 0;
    for (int slot = 0; slot < known.positions.length; slot++) {
      int position = known.positions[slot];
      if (position != FREE && !deleted.contains(position)) {
        kept[count++] = slot;
      }
    }
    // Large enough at once: slots come in the order of hashes, which fills a smaller table from its
    // start and makes each look walk over what is there.
    HiddenRows copy = new HiddenRows(Math.max(MIN_SLOTS, Integer.highestOneBit(count) * 4));
    for (int i = 0; i < count; i++) {
      copy.hide(known.positions[kept[i]], known.sequences[kept[i]]);
    }
    return copy;
  }
}
