package io.proximadb.filter;

import io.proximadb.model.column.Column;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.StringColumn;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a condition asks of the values of its column; NULL is the caller's matter. */
sealed interface ValueTest {
  /** The truth for a value that is not null, of the Java class of the column's type. */
  Truth test(Object value);

  /**
   * The truth for all rows of a column.
   *
   * @return null if there is no fast path for this class of column
   */
  @Nullable TruthBits select(Column column);

  /** The places of an index whose values pass; of a list, those of elements. */
  Places places(ValueIndex index);

  /** Numbers, booleans, dates and timestamps, by their {@link KeyPosition keys}. */
  record OfKeys(boolean floating, KeySet keys) implements ValueTest {
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long NANOS_PER_MICRO = 1_000;

    @Override
    public Truth test(Object value) {
      return Truth.of(keys.contains(key(value)));
    }

    @Override
    public Places places(ValueIndex index) {
      return keys.places(index);
    }

    /** The key of a value that is not null. */
    long key(Object value) {
      if (value instanceof Number number) {
        return floating ? KeyPosition.ofDouble(number.doubleValue()) : number.longValue();
      }
      if (value instanceof Instant instant) {
        return micros(instant);
      }
      if (value instanceof LocalDate date) {
        return date.toEpochDay();
      }
      return ((Boolean) value) ? 1 : 0;
    }

    private static long micros(Instant instant) {
      long seconds = instant.getEpochSecond();
      long micros = instant.getNano() / NANOS_PER_MICRO;
      // The second in which Long.MIN_VALUE microseconds lie begins before it.
      return seconds < 0
          ? (seconds + 1) * MICROS_PER_SECOND + (micros - MICROS_PER_SECOND)
          : seconds * MICROS_PER_SECOND + micros;
    }

    @Override
    public @Nullable TruthBits select(Column column) {
      if (column instanceof LongColumn longs && !floating) {
        return bits(longs.values(), longs.nulls());
      }
      if (column instanceof DoubleColumn doubles && floating) {
        return bits(doubles.values(), doubles.nulls());
      }
      return null;
    }

    private TruthBits bits(long[] values, @Nullable BitSet nulls) {
      long[] words = words(values.length);
      if (keys instanceof KeySet.Range range) {
        long low = range.low();
        long high = range.high();
        for (int row = 0; row < values.length; row++) {
          words[row >> 6] |= (values[row] >= low && values[row] <= high ? 1L : 0L) << row;
        }
      } else {
        for (int row = 0; row < values.length; row++) {
          words[row >> 6] |= (keys.contains(values[row]) ? 1L : 0L) << row;
        }
      }
      return withNulls(values.length, words, nulls);
    }

    private TruthBits bits(double[] values, @Nullable BitSet nulls) {
      long[] words = words(values.length);
      for (int row = 0; row < values.length; row++) {
        words[row >> 6] |= (keys.contains(KeyPosition.ofDouble(values[row])) ? 1L : 0L) << row;
      }
      return withNulls(values.length, words, nulls);
    }
  }

  /** Text and binary. */
  record OfBytes(BytesTest test) implements ValueTest {
    @Override
    public Truth test(Object value) {
      byte[] bytes =
          value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : (byte[]) value;
      return Truth.of(test.test(bytes, 0, bytes.length));
    }

    @Override
    public Places places(ValueIndex index) {
      return test.places(index);
    }

    @Override
    public @Nullable TruthBits select(Column column) {
      if (!(column instanceof StringColumn strings)) {
        return null;
      }
      int rowCount = strings.size();
      byte[] bytes = strings.bytes();
      int[] offsets = strings.offsets();
      long[] words = words(rowCount);
      for (int row = 0; row < rowCount; row++) {
        words[row >> 6] |= (test.test(bytes, offsets[row], offsets[row + 1]) ? 1L : 0L) << row;
      }
      return withNulls(rowCount, words, strings.nulls());
    }
  }

  /** Lists: true if one element passes, otherwise unknown if one is null. */
  record OfElements(ValueTest element) implements ValueTest {
    @Override
    public Truth test(Object value) {
      Truth truth = Truth.FALSE;
      for (Object item : (List<?>) value) {
        if (item == null) {
          truth = Truth.UNKNOWN;
        } else if (element.test(item) == Truth.TRUE) {
          return Truth.TRUE;
        }
      }
      return truth;
    }

    @Override
    public @Nullable TruthBits select(Column column) {
      return null;
    }

    @Override
    public Places places(ValueIndex index) {
      return element.places(index);
    }
  }

  private static long[] words(int rowCount) {
    return new long[(rowCount + Long.SIZE - 1) / Long.SIZE];
  }

  private static TruthBits withNulls(int rowCount, long[] words, @Nullable BitSet nulls) {
    BitSet isTrue = BitSet.valueOf(words);
    if (nulls == null) {
      return new TruthBits(rowCount, isTrue, new BitSet());
    }
    isTrue.andNot(nulls);
    return new TruthBits(rowCount, isTrue, nulls.get(0, rowCount));
  }
}
