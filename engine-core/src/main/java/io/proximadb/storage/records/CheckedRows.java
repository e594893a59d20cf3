package io.proximadb.storage.records;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ProximaException;
import java.io.IOException;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a piece, whose decoders meet damage in many ways of their own: whatever they throw
 * says which file and row does not decode.
 *
 * @param location of the file
 * @param firstRow of the piece
 * @param rows opens the decoders
 */
record CheckedRows(String location, int firstRow, Supplier<CloseableIterator<Record>> rows)
    implements CloseableIterable<Record> {
  @Override
  public CloseableIterator<Record> iterator() {
    return new Rows(checked(rows, firstRow));
  }

  private <T> T checked(Supplier<T> step, int row) {
    try {
      return step.get();
    } catch (ProximaException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CorruptFileException(
          "Cannot read file " + location + ": row " + row + " does not decode (" + e + ")", e);
    }
  }

  /** Decoders are open as long as an iterator is. */
  @Override
  public void close() {}

  private final class Rows implements CloseableIterator<Record> {
    private final CloseableIterator<Record> decoders;
    private int row = firstRow;
    private @Nullable Boolean more;

    Rows(CloseableIterator<Record> decoders) {
      this.decoders = decoders;
    }

    @Override
    public boolean hasNext() {
      Boolean known = more;
      if (known == null) {
        known = checked(decoders::hasNext, row);
        more = known;
        if (!known) {
          close();
        }
      }
      return known;
    }

    @Override
    public Record next() {
      if (!hasNext()) {
        throw new NoSuchElementException("No rows after " + row);
      }
      more = null;
      Record record = checked(decoders::next, row);
      row++;
      return record;
    }

    @Override
    public void close() {
      try {
        decoders.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException("Cannot close file " + location, e);
      }
    }
  }
}
