package io.proximadb.filter;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values at a path out of its column, as filters compare them: for building a {@link
 * ValueIndex}. Immutable.
 *
 * <p>Whole numbers, days and microseconds since 1970 and booleans (0, 1) are their own keys;
 * floating-point numbers have keys of the same order, with one for -0 and 0, and the greatest for
 * NaN. Text is UTF-8.
 */
public final class PathValues {
  private final ColumnPath path;
  private final Scalar type;
  private final boolean isList;

  private PathValues(ColumnPath path, Scalar type, boolean isList) {
    this.path = path;
    this.type = type;
    this.isList = isList;
  }

  /** Told of each value, rows ascending. */
  public interface Sink {
    /** The row has NULL there, or in a struct on the way. */
    void isNull(int row);

    /** The row's list has a NULL. */
    void nullElement(int row);

    /** A value, or an element of a list; a row's list may have one twice. */
    void key(int row, long key);

    /** The same of text and binary. */
    void bytes(int row, byte[] bytes);
  }

  /**
   * Finds a path.
   *
   * @param path a metadata field or system column, or a field of a struct, {@code address.city}
   * @throws InvalidArgumentException if there is none, or it has neither scalars nor lists of them
   */
  public static PathValues of(CollectionSchema schema, String path) {
    ColumnPath found = ColumnPath.resolve(schema, path);
    if (found.type() instanceof Scalar scalar) {
      return new PathValues(found, scalar, false);
    }
    if (found.type() instanceof FieldType.ListOf list && list.element() instanceof Scalar element) {
      return new PathValues(found, element, true);
    }
    throw new InvalidArgumentException(
        "Invalid field of an attribute index: '"
            + path
            + "' is a "
            + found.type()
            + " (expected a scalar, a LIST of scalars, or a field of a struct)");
  }

  /** The top-level column. */
  public String column() {
    return path.column();
  }

  /** True if values have keys, false if bytes. */
  public boolean hasKeys() {
    return Literals.hasKeys(type);
  }

  /** True if there are lists. */
  public boolean isList() {
    return isList;
  }

  /** Goes through all rows of the column. */
  public void forEach(Column column, Sink sink) {
    ValueTest.OfKeys keys = new ValueTest.OfKeys(Literals.isFloating(type), KeySet.Range.ALL);
    for (int row = 0; row < column.size(); row++) {
      if (path.isTopLevel() && column.isNull(row)) {
        sink.isNull(row);
      } else if (column instanceof LongColumn longs && path.isTopLevel()) {
        sink.key(row, longs.values()[row]);
      } else if (column instanceof DoubleColumn doubles && path.isTopLevel()) {
        sink.key(row, KeyPosition.ofDouble(doubles.values()[row]));
      } else {
        Object value = path.value(column.value(row));
        if (value == null) {
          sink.isNull(row);
        } else if (isList) {
          for (Object element : (List<?>) value) {
            put(row, element, keys, sink);
          }
        } else {
          put(row, value, keys, sink);
        }
      }
    }
  }

  private void put(int row, @Nullable Object value, ValueTest.OfKeys keys, Sink sink) {
    if (value == null) {
      sink.nullElement(row);
    } else if (hasKeys()) {
      sink.key(row, keys.key(value));
    } else {
      sink.bytes(
          row,
          value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : (byte[]) value);
    }
  }
}
