package io.proximadb.server.arrow;

import io.proximadb.model.Timestamps;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.jspecify.annotations.Nullable;

/**
 * Writes Java values of {@link io.proximadb.model.FieldType} into the Arrow vectors that {@link
 * ArrowTypes} chooses for them. Rows of a vector must come in ascending order.
 */
final class ValueWriter {
  private ValueWriter() {}

  /**
   * Makes room for some values.
   *
   * @param rows how many are going to be written; vectors need it exactly, others grow
   */
  static void allocate(FieldVector vector, int rows) {
    if (vector instanceof FixedSizeListVector vectors) {
      VectorBlocks.allocate(vectors, rows);
    } else {
      vector.setInitialCapacity(rows);
      vector.allocateNew();
    }
  }

  /** Writes one value. */
  static void write(FieldVector vector, int row, @Nullable Object value) {
    if (value == null) {
      vector.setNull(row);
    } else if (vector instanceof FixedSizeListVector vectors) {
      VectorBlocks.write(vectors, row, (float[]) value);
    } else if (vector instanceof ListVector list) {
      writeList(list, row, (List<?>) value);
    } else if (vector instanceof StructVector struct) {
      writeStruct(struct, row, (Map<?, ?>) value);
    } else {
      writeScalar(vector, row, value);
    }
  }

  private static void writeScalar(FieldVector vector, int row, Object value) {
    if (vector instanceof VarCharVector texts) {
      texts.setSafe(row, ((String) value).getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof BigIntVector longs) {
      longs.setSafe(row, ((Number) value).longValue());
    } else if (vector instanceof IntVector ints) {
      ints.setSafe(row, (Integer) value);
    } else if (vector instanceof Float8Vector doubles) {
      doubles.setSafe(row, ((Number) value).doubleValue());
    } else if (vector instanceof Float4Vector floats) {
      floats.setSafe(row, (Float) value);
    } else if (vector instanceof BitVector bits) {
      bits.setSafe(row, (Boolean) value ? 1 : 0);
    } else if (vector instanceof TimeStampVector timestamps) {
      timestamps.setSafe(row, Timestamps.toMicros((Instant) value));
    } else if (vector instanceof DateDayVector days) {
      days.setSafe(row, Math.toIntExact(((LocalDate) value).toEpochDay()));
    } else if (vector instanceof VarBinaryVector bytes) {
      bytes.setSafe(row, (byte[]) value);
    } else {
      throw new IllegalArgumentException(
          "no way to write a value into " + ArrowTypes.describe(vector.getField()));
    }
  }

  private static void writeList(ListVector list, int row, List<?> items) {
    int at = list.startNewValue(row);
    for (Object item : items) {
      write(list.getDataVector(), at++, item);
    }
    list.endValue(row, items.size());
  }

  private static void writeStruct(StructVector struct, int row, Map<?, ?> fields) {
    struct.setIndexDefined(row);
    for (FieldVector child : struct.getChildrenFromFields()) {
      write(child, row, fields.get(child.getName()));
    }
  }
}
