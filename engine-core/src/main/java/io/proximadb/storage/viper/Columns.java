package io.proximadb.storage.viper;

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
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts columns together. */
final class Columns {
  /** Java arrays end a little below 2^31. */
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private Columns() {}

  /** Rows {@code from} to {@code to}, exclusive, of a column. */
  record Part(Column column, int from, int to) {
    int size() {
      return to - from;
    }
  }

  /** The parts one after the other; all have the type. */
  static Column concat(FieldType type, List<Part> parts) {
    if (parts.size() == 1 && parts.get(0).size() == parts.get(0).column().size()) {
      return parts.get(0).column();
    }
    int rows = 0;
    for (Part part : parts) {
      rows += part.size();
    }
    if (!(type instanceof Scalar scalar)) {
      return objects(type, parts, rows);
    }
    return switch (scalar) {
      case BOOLEAN, INT, LONG, DATE, TIMESTAMP -> longs(scalar, parts, rows);
      case FLOAT, DOUBLE -> doubles(scalar, parts, rows);
      case STRING -> strings(parts, rows);
      case BINARY -> objects(type, parts, rows);
    };
  }

  private static LongColumn longs(Scalar type, List<Part> parts, int rows) {
    long[] values = new long[rows];
    BitSet nulls = new BitSet();
    int at = 0;
    for (Part part : parts) {
      LongColumn column = (LongColumn) part.column();
      System.arraycopy(column.values(), part.from(), values, at, part.size());
      copyNulls(column.nulls(), part, nulls, at);
      at += part.size();
    }
    return new LongColumn(type, values, nullIfEmpty(nulls));
  }

  private static DoubleColumn doubles(Scalar type, List<Part> parts, int rows) {
    double[] values = new double[rows];
    BitSet nulls = new BitSet();
    int at = 0;
    for (Part part : parts) {
      DoubleColumn column = (DoubleColumn) part.column();
      System.arraycopy(column.values(), part.from(), values, at, part.size());
      copyNulls(column.nulls(), part, nulls, at);
      at += part.size();
    }
    return new DoubleColumn(type, values, nullIfEmpty(nulls));
  }

  private static StringColumn strings(List<Part> parts, int rows) {
    long total = 0;
    for (Part part : parts) {
      int[] offsets = ((StringColumn) part.column()).offsets();
      total += offsets[part.to()] - offsets[part.from()];
    }
    if (total > MAX_ARRAY) {
      throw new ResourceExhaustedException(
          "Cannot decode a text column at once: "
              + total
              + " bytes (expected at most "
              + MAX_ARRAY
              + "; read it in batches)");
    }
    byte[] bytes = new byte[(int) total];
    int[] offsets = new int[rows + 1];
    BitSet nulls = new BitSet();
    int at = 0;
    int end = 0;
    for (Part part : parts) {
      StringColumn column = (StringColumn) part.column();
      int start = column.offsets()[part.from()];
      int length = column.offsets()[part.to()] - start;
      System.arraycopy(column.bytes(), start, bytes, end, length);
      for (int i = 1; i <= part.size(); i++) {
        offsets[at + i] = column.offsets()[part.from() + i] - start + end;
      }
      copyNulls(column.nulls(), part, nulls, at);
      at += part.size();
      end += length;
    }
    return new StringColumn(bytes, offsets, nullIfEmpty(nulls));
  }

  private static ObjectColumn objects(FieldType type, List<Part> parts, int rows) {
    @Nullable Object[] values = new @Nullable Object[rows];
    int at = 0;
    for (Part part : parts) {
      System.arraycopy(
          ((ObjectColumn) part.column()).values(), part.from(), values, at, part.size());
      at += part.size();
    }
    return new ObjectColumn(type, values);
  }

  private static void copyNulls(@Nullable BitSet from, Part part, BitSet to, int at) {
    if (from != null) {
      for (int i = from.nextSetBit(part.from());
          i >= 0 && i < part.to();
          i = from.nextSetBit(i + 1)) {
        to.set(at + i - part.from());
      }
    }
  }

  private static @Nullable BitSet nullIfEmpty(BitSet nulls) {
    return nulls.isEmpty() ? null : nulls;
  }

  /** Spreads values over the rows that are not null. */
  static Column expand(Column dense, BitSet nulls, int rows) {
    int[] places = new int[rows];
    Arrays.fill(places, -1);
    int next = 0;
    for (int row = nulls.nextClearBit(0); row < rows; row = nulls.nextClearBit(row + 1)) {
      places[row] = next++;
    }
    if (dense instanceof LongColumn column) {
      long[] values = new long[rows];
      for (int row = 0; row < rows; row++) {
        values[row] = places[row] < 0 ? 0 : column.values()[places[row]];
      }
      return new LongColumn(column.type(), values, nulls);
    }
    if (dense instanceof DoubleColumn column) {
      double[] values = new double[rows];
      for (int row = 0; row < rows; row++) {
        values[row] = places[row] < 0 ? 0 : column.values()[places[row]];
      }
      return new DoubleColumn(column.type(), values, nulls);
    }
    if (dense instanceof StringColumn column) {
      int[] offsets = new int[rows + 1];
      for (int row = 0; row < rows; row++) {
        offsets[row + 1] = places[row] < 0 ? offsets[row] : column.offsets()[places[row] + 1];
      }
      return new StringColumn(column.bytes(), offsets, nulls);
    }
    ObjectColumn column = (ObjectColumn) dense;
    @Nullable Object[] values = new @Nullable Object[rows];
    for (int row = 0; row < rows; row++) {
      values[row] = places[row] < 0 ? null : column.values()[places[row]];
    }
    return new ObjectColumn(column.type(), values);
  }

  /** Rows of a column that a file does not have. */
  static Column nulls(FieldType type, int rows) {
    BitSet all = new BitSet(rows);
    all.set(0, rows);
    if (!(type instanceof Scalar scalar)) {
      return new ObjectColumn(type, new @Nullable Object[rows]);
    }
    return switch (scalar) {
      case BOOLEAN, INT, LONG, DATE, TIMESTAMP -> new LongColumn(scalar, new long[rows], all);
      case FLOAT, DOUBLE -> new DoubleColumn(scalar, new double[rows], all);
      case STRING -> new StringColumn(new byte[0], new int[rows + 1], all);
      case BINARY -> new ObjectColumn(type, new @Nullable Object[rows]);
    };
  }
}
