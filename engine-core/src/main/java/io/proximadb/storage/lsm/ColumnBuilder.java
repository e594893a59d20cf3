package io.proximadb.storage.lsm;

import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import java.util.Arrays;
import java.util.BitSet;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** Collects the values of one column, row after row. For one thread. */
abstract class ColumnBuilder {
  private final boolean optional;
  private final BitSet nulls = new BitSet();
  private int row;

  private ColumnBuilder(boolean optional) {
    this.optional = optional;
  }

  /** Adds the value that the cursor stands at. */
  final void add(AvroInput in) {
    if (optional && in.readLong() == 0) {
      addNull();
    } else {
      addValue(in, row++);
    }
  }

  /** Adds a row without value. */
  final void addNull() {
    noValue(row);
    nulls.set(row++);
  }

  abstract void addValue(AvroInput in, int at);

  void noValue(int at) {}

  abstract Column build();

  final @Nullable BitSet nulls() {
    return nulls.isEmpty() ? null : nulls;
  }

  /**
   * A builder of a column of the table.
   *
   * @param stored the file's field, or null if it has none
   * @param type of the column's values
   * @param rows how many will be added
   */
  static ColumnBuilder of(
      @Nullable NestedField stored, NestedField wanted, FieldType type, int rows) {
    boolean optional = stored == null || stored.isOptional();
    if (type instanceof Scalar scalar && scalar != Scalar.BINARY) {
      return switch (scalar) {
        case STRING -> new Texts(optional, rows);
        case FLOAT, DOUBLE ->
            new Doubles(
                optional,
                scalar,
                stored != null && stored.type().typeId() == Type.TypeID.FLOAT,
                rows);
        default -> new Longs(optional, scalar, rows);
      };
    }
    FieldReader reader = stored == null ? null : FieldReader.of(stored.asRequired(), wanted);
    return new Objects(optional, type, reader, rows);
  }

  private static final class Longs extends ColumnBuilder {
    private final Scalar type;
    private final long[] values;

    Longs(boolean optional, Scalar type, int rows) {
      super(optional);
      this.type = type;
      this.values = new long[rows];
    }

    @Override
    void addValue(AvroInput in, int at) {
      values[at] = type == Scalar.BOOLEAN ? (in.readBoolean() ? 1 : 0) : in.readLong();
    }

    @Override
    Column build() {
      return new LongColumn(type, values, nulls());
    }
  }

  private static final class Doubles extends ColumnBuilder {
    private final Scalar type;
    private final boolean narrow;
    private final double[] values;

    Doubles(boolean optional, Scalar type, boolean narrow, int rows) {
      super(optional);
      this.type = type;
      this.narrow = narrow;
      this.values = new double[rows];
    }

    @Override
    void addValue(AvroInput in, int at) {
      values[at] = narrow ? in.readFloat() : in.readDouble();
    }

    @Override
    Column build() {
      return new DoubleColumn(type, values, nulls());
    }
  }

  private static final class Texts extends ColumnBuilder {
    /** Java arrays end a little below 2^31. */
    private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

    private static final int BYTES_OF_A_TEXT = 16;

    private final int[] offsets;
    private byte[] bytes;

    Texts(boolean optional, int rows) {
      super(optional);
      this.offsets = new int[rows + 1];
      this.bytes = new byte[(int) Math.min(MAX_ARRAY, (long) BYTES_OF_A_TEXT * rows)];
    }

    @Override
    void addValue(AvroInput in, int at) {
      int length = in.readLength();
      int start = offsets[at];
      if (length > bytes.length - start) {
        grow((long) start + length);
      }
      in.readRaw(bytes, start, length);
      offsets[at + 1] = start + length;
    }

    private void grow(long needed) {
      if (needed > MAX_ARRAY) {
        throw new ResourceExhaustedException(
            "Cannot decode a text column at once: more than "
                + MAX_ARRAY
                + " bytes (read it in batches)");
      }
      bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_ARRAY, Math.max(needed, 2L * bytes.length)));
    }

    @Override
    void noValue(int at) {
      offsets[at + 1] = offsets[at];
    }

    @Override
    Column build() {
      int size = offsets[offsets.length - 1];
      return new StringColumn(
          size == bytes.length ? bytes : Arrays.copyOf(bytes, size), offsets, nulls());
    }
  }

  private static final class Objects extends ColumnBuilder {
    private final FieldType type;
    private final @Nullable FieldReader reader;
    private final @Nullable Object[] values;

    Objects(boolean optional, FieldType type, @Nullable FieldReader reader, int rows) {
      super(optional);
      this.type = type;
      this.reader = reader;
      this.values = new @Nullable Object[rows];
    }

    @Override
    void addValue(AvroInput in, int at) {
      assert reader != null : "A column that the file lacks has no values";
      values[at] = reader.read(in);
    }

    @Override
    Column build() {
      return new ObjectColumn(type, values);
    }
  }
}
