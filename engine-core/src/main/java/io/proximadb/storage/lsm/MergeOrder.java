package io.proximadb.storage.lsm;

import io.proximadb.storage.CompactionPolicy.Input;
import io.proximadb.storage.SegmentReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Merges the rows of several files by id. Files of other layouts are sorted first. */
final class MergeOrder implements PrimitiveIterator.OfLong {
  private final PriorityQueue<Cursor> cursors = new PriorityQueue<>();

  MergeOrder(List<Input> inputs) {
    for (int i = 0; i < inputs.size(); i++) {
      Cursor cursor = new Cursor(i, inputs.get(i));
      if (cursor.advance()) {
        cursors.add(cursor);
      }
    }
  }

  @Override
  public boolean hasNext() {
    return !cursors.isEmpty();
  }

  @Override
  public long nextLong() {
    Cursor first = cursors.poll();
    if (first == null) {
      throw new NoSuchElementException("All rows are merged");
    }
    long row = (long) first.ordinal << Integer.SIZE | first.position;
    if (first.advance()) {
      cursors.add(first);
    }
    return row;
  }

  /** The next row of an input; rows of one id come in the order of the inputs. */
  private static final class Cursor implements Comparable<Cursor> {
    private final int ordinal;
    private final Input input;
    private final int @Nullable [] sorted;
    private int next;
    private int position;
    private byte[] id = new byte[0];

    Cursor(int ordinal, Input input) {
      this.ordinal = ordinal;
      this.input = input;
      this.sorted =
          input.reader() instanceof LsmReader ? null : IdOrder.of(input.reader(), input.dead());
    }

    boolean advance() {
      SegmentReader reader = input.reader();
      if (sorted != null) {
        if (next == sorted.length) {
          return false;
        }
        position = sorted[next++];
      } else {
        while (next < reader.rowCount() && input.dead().contains(next)) {
          next++;
        }
        if (next == reader.rowCount()) {
          return false;
        }
        position = next++;
      }
      id =
          reader instanceof LsmReader run
              ? run.idBytes(position)
              : reader.id(position).getBytes(StandardCharsets.UTF_8);
      return true;
    }

    @Override
    public int compareTo(Cursor other) {
      int byId = Arrays.compareUnsigned(id, other.id);
      return byId != 0 ? byId : Integer.compare(ordinal, other.ordinal);
    }
  }
}
