package io.proximadb.server.arrow;

import io.proximadb.error.InvalidArgumentException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.LargeVarBinaryVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of one Arrow vector as the Java classes of {@link io.proximadb.model.FieldType}.
 * The way for the vector's type is chosen once, not for each value.
 */
public final class ValueReader {
  private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

  private final FieldVector vector;
  private final IntFunction<Object> values;

  private ValueReader(FieldVector vector, IntFunction<Object> values) {
    this.vector = vector;
    this.values = values;
  }

  /**
   * A reader for a vector that holds its batch already.
   *
   * @throws InvalidArgumentException if no type of ours stands for the vector's
   */
  public static ValueReader of(FieldVector vector) {
    return new ValueReader(vector, values(vector));
  }

  /** The value of a row; null if it is null. */
  public @Nullable Object read(int row) {
    return vector.isNull(row) ? null : values.apply(row);
  }

  private static IntFunction<Object> values(FieldVector vector) {
    if (vector instanceof BitVector bits) {
      return row -> bits.get(row) != 0;
    }
    if (vector instanceof Float4Vector floats) {
      return floats::get;
    }
    if (vector instanceof Float8Vector doubles) {
      return doubles::get;
    }
    if (vector instanceof DateDayVector days) {
      return row -> LocalDate.ofEpochDay(days.get(row));
    }
    if (vector instanceof DateMilliVector millis) {
      return row -> LocalDate.ofEpochDay(Math.floorDiv(millis.get(row), DAY_MILLIS));
    }
    if (vector instanceof TimeStampVector timestamps) {
      return timestamps(timestamps);
    }
    // Unsigned 64 bits would turn negative: the one integer type that has no home here.
    if (vector instanceof BaseIntVector integers && !(vector instanceof UInt8Vector)) {
      return integers(integers);
    }
    if (vector instanceof NullVector) {
      return row -> {
        throw new IllegalStateException("row " + row + " of a Null vector has a value");
      };
    }
    return parts(vector);
  }

  private static IntFunction<Object> parts(FieldVector vector) {
    if (vector instanceof VarCharVector texts) {
      return row -> text(texts.get(row), vector.getName(), row);
    }
    if (vector instanceof LargeVarCharVector texts) {
      return row -> text(texts.get(row), vector.getName(), row);
    }
    if (vector instanceof VarBinaryVector bytes) {
      return bytes::get;
    }
    if (vector instanceof LargeVarBinaryVector bytes) {
      return bytes::get;
    }
    if (vector instanceof FixedSizeBinaryVector bytes) {
      return bytes::get;
    }
    if (vector instanceof ListVector list) {
      ValueReader elements = of(list.getDataVector());
      return row -> elements.slice(list.getElementStartIndex(row), list.getElementEndIndex(row));
    }
    if (vector instanceof LargeListVector list) {
      ValueReader elements = of(list.getDataVector());
      return row ->
          elements.slice(
              Math.toIntExact(list.getElementStartIndex(row)),
              Math.toIntExact(list.getElementEndIndex(row)));
    }
    if (vector instanceof FixedSizeListVector list) {
      ValueReader elements = of(list.getDataVector());
      int size = list.getListSize();
      return row -> elements.slice(row * size, (row + 1) * size);
    }
    if (vector instanceof StructVector struct) {
      return struct(struct);
    }
    throw new InvalidArgumentException(
        "Unsupported Arrow type of column '"
            + vector.getName()
            + "': "
            + ArrowTypes.describe(vector.getField()));
  }

  private static IntFunction<Object> integers(BaseIntVector integers) {
    boolean wide = integers instanceof BigIntVector || integers instanceof UInt4Vector;
    return wide ? integers::getValueAsLong : row -> (int) integers.getValueAsLong(row);
  }

  private static IntFunction<Object> timestamps(TimeStampVector timestamps) {
    ArrowType.Timestamp type = (ArrowType.Timestamp) timestamps.getField().getType();
    ChronoUnit unit =
        switch (type.getUnit()) {
          case SECOND -> ChronoUnit.SECONDS;
          case MILLISECOND -> ChronoUnit.MILLIS;
          case MICROSECOND -> ChronoUnit.MICROS;
          case NANOSECOND -> ChronoUnit.NANOS;
        };
    return row -> {
      try {
        return Instant.EPOCH.plus(timestamps.get(row), unit);
      } catch (ArithmeticException | java.time.DateTimeException e) {
        throw new InvalidArgumentException(
            "Invalid value of column '"
                + timestamps.getName()
                + "' in row "
                + row
                + ": "
                + timestamps.get(row)
                + " "
                + unit
                + " since 1970 (expected an instant)",
            e);
      }
    };
  }

  private static IntFunction<Object> struct(StructVector struct) {
    Map<String, ValueReader> fields = new LinkedHashMap<>();
    for (FieldVector child : struct.getChildrenFromFields()) {
      fields.put(child.getName(), of(child));
    }
    return row -> {
      Map<String, @Nullable Object> value = new LinkedHashMap<>();
      fields.forEach((name, field) -> value.put(name, field.read(row)));
      return value;
    };
  }

  private List<@Nullable Object> slice(int start, int end) {
    List<@Nullable Object> items = new ArrayList<>(end - start);
    for (int i = start; i < end; i++) {
      items.add(read(i));
    }
    return items;
  }

  /**
   * Text of UTF-8 bytes.
   *
   * @throws InvalidArgumentException if they are not UTF-8: replacing what cannot be read would
   *     make different ids equal
   */
  static String text(byte[] utf8, String column, int row) {
    String text = new String(utf8, StandardCharsets.UTF_8);
    // Only text with the replacement character may have lost something; the slow look is for it.
    if (text.indexOf('\uFFFD') >= 0 && !isUtf8(utf8)) {
      throw new InvalidArgumentException(
          "Invalid value of column '" + column + "' in row " + row + ": bytes that are not UTF-8");
    }
    return text;
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
