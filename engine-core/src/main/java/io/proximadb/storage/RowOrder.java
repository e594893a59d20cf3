package io.proximadb.storage;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.PrimitiveIterator;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * The rows of a compaction one after the other, as {@code input << 32 | position}, with what
 * ordering them found out.
 */
public interface RowOrder extends PrimitiveIterator.OfLong {
  /** Stands for a cluster that ordering did not find out. */
  long UNKNOWN = Long.MIN_VALUE;

  /**
   * The cluster of the row that {@link #nextLong()} gave last, as in column {@code _cluster_id}; or
   * {@link #UNKNOWN}.
   */
  long clusterId();

  /** An order by something else than clusters. */
  static RowOrder of(PrimitiveIterator.OfLong rows) {
    return new RowOrder() {
      @Override
      public long clusterId() {
        return UNKNOWN;
      }

      @Override
      public boolean hasNext() {
        return rows.hasNext();
      }

      @Override
      public long nextLong() {
        return rows.nextLong();
      }
    };
  }

  /** Orders over parts of the inputs one after the other, each made when the one before ends. */
  static RowOrder concat(Iterable<Supplier<RowOrder>> parts) {
    Iterator<Supplier<RowOrder>> left = parts.iterator();
    return new RowOrder() {
      private RowOrder current = of(LongStream.empty().iterator());

      @Override
      public long clusterId() {
        return current.clusterId();
      }

      @Override
      public boolean hasNext() {
        while (!current.hasNext() && left.hasNext()) {
          current = left.next().get();
        }
        return current.hasNext();
      }

      @Override
      public long nextLong() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return current.nextLong();
      }
    };
  }
}
