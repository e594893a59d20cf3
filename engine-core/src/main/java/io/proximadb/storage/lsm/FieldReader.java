package io.proximadb.storage.lsm;

import io.proximadb.model.Timestamps;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Type.TypeID;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Reads the values of a field as objects, or skips them. Fields of structs are matched by their
 * ids, as Iceberg wants it.
 */
interface FieldReader {
  @Nullable Object read(AvroInput in);

  void skip(AvroInput in);

  /** Reads a field as the file has it. */
  static FieldReader of(NestedField stored) {
    return of(stored, stored);
  }

  /** Reads a field of the file as the table has it now. */
  static FieldReader of(NestedField stored, NestedField wanted) {
    FieldReader value = value(stored.type(), wanted.type());
    return stored.isOptional() ? new OptionalReader(value) : value;
  }

  private static FieldReader value(Type stored, Type wanted) {
    if (stored.isPrimitiveType()) {
      return new ScalarReader(stored.typeId(), wanted.typeId());
    }
    if (stored.isListType()) {
      return new ListReader(
          of(stored.asListType().fields().get(0), wanted.asListType().fields().get(0)));
    }
    List<FieldReader> children = new ArrayList<>();
    List<@Nullable String> names = new ArrayList<>();
    for (NestedField field : stored.asStructType().fields()) {
      NestedField match = wanted.asStructType().field(field.fieldId());
      children.add(of(field, match == null ? field : match));
      names.add(match == null ? null : match.name());
    }
    return new StructReader(
        children, names, wanted.asStructType().fields().stream().map(NestedField::name).toList());
  }

  /** A union with null, which is its first branch. */
  record OptionalReader(FieldReader value) implements FieldReader {
    @Override
    public @Nullable Object read(AvroInput in) {
      return in.readLong() == 0 ? null : value.read(in);
    }

    @Override
    public void skip(AvroInput in) {
      if (in.readLong() != 0) {
        value.skip(in);
      }
    }
  }

  /** A scalar, which may have been widened since. */
  record ScalarReader(TypeID stored, TypeID wanted) implements FieldReader {
    @Override
    public Object read(AvroInput in) {
      return switch (stored) {
        case BOOLEAN -> in.readBoolean();
        case INTEGER, LONG -> {
          long value = in.readLong();
          yield wanted == TypeID.INTEGER ? (Object) (int) value : (Object) value;
        }
        case FLOAT -> {
          float value = in.readFloat();
          yield wanted == TypeID.FLOAT ? (Object) value : (Object) (double) value;
        }
        case DOUBLE -> in.readDouble();
        case STRING -> new String(in.readBytes(), StandardCharsets.UTF_8);
        case BINARY -> in.readBytes();
        case DATE -> LocalDate.ofEpochDay(in.readLong());
        case TIMESTAMP -> Timestamps.ofMicros(in.readLong());
        default -> throw new AssertionError(stored);
      };
    }

    @Override
    public void skip(AvroInput in) {
      switch (stored) {
        case BOOLEAN -> in.skip(1);
        case INTEGER, LONG, DATE, TIMESTAMP -> in.readLong();
        case FLOAT -> in.skip(Float.BYTES);
        case DOUBLE -> in.skip(Double.BYTES);
        case STRING, BINARY -> in.skip(in.readLength());
        default -> throw new AssertionError(stored);
      }
    }
  }

  /** An array, in blocks with positive counts. */
  record ListReader(FieldReader element) implements FieldReader {
    @Override
    public Object read(AvroInput in) {
      List<@Nullable Object> items = new ArrayList<>();
      for (int count = in.readLength(); count > 0; count = in.readLength()) {
        for (int i = 0; i < count; i++) {
          items.add(element.read(in));
        }
      }
      return items;
    }

    @Override
    public void skip(AvroInput in) {
      for (int count = in.readLength(); count > 0; count = in.readLength()) {
        for (int i = 0; i < count; i++) {
          element.skip(in);
        }
      }
    }
  }

  /**
   * A record.
   *
   * @param names the field of the table that each field of the file is, or null
   * @param wanted all fields of the table, in order
   */
  record StructReader(List<FieldReader> children, List<@Nullable String> names, List<String> wanted)
      implements FieldReader {
    @Override
    public Object read(AvroInput in) {
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      wanted.forEach(name -> values.put(name, null));
      for (int i = 0; i < children.size(); i++) {
        String name = names.get(i);
        if (name == null) {
          children.get(i).skip(in);
        } else {
          values.put(name, children.get(i).read(in));
        }
      }
      return values;
    }

    @Override
    public void skip(AvroInput in) {
      children.forEach(child -> child.skip(in));
    }
  }
}
