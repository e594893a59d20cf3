package io.proximadb.core;

import io.proximadb.memtable.Memtable;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * Makes rows in memory follow a change of the schema. Columns are matched by Iceberg field ids:
 * renamed ones keep their values, dropped ones lose them, a new one of an old name starts as null.
 */
final class RowConversion {
  /** Where a column comes from: its place before, -1 if it is new, and both types. */
  private record Source(int ordinal, Type before, Type after) {}

  private final int[] vectors;
  private final List<Source> metadata = new ArrayList<>();

  private RowConversion(TableContext before, TableContext after) {
    CollectionSchema from = before.schema();
    CollectionSchema to = after.schema();
    List<Integer> vectorIds =
        ids(before.icebergSchema(), from.vectorFields().stream().map(VectorField::name).toList());
    this.vectors =
        ids(after.icebergSchema(), to.vectorFields().stream().map(VectorField::name).toList())
            .stream()
            .mapToInt(vectorIds::indexOf)
            .toArray();
    List<Integer> metadataIds =
        ids(
            before.icebergSchema(),
            from.metadataFields().stream().map(MetadataField::name).toList());
    for (MetadataField field : to.metadataFields()) {
      NestedField column = after.icebergSchema().findField(field.name());
      int ordinal = metadataIds.indexOf(column.fieldId());
      Type type = ordinal < 0 ? column.type() : typeBefore(before, column);
      metadata.add(new Source(ordinal, type, column.type()));
    }
  }

  private static Type typeBefore(TableContext before, NestedField column) {
    return before.icebergSchema().findType(column.fieldId());
  }

  private static List<Integer> ids(Schema schema, List<String> names) {
    return names.stream().map(name -> schema.findField(name).fieldId()).toList();
  }

  /** The conversion between two schemas of one table; empty if rows stay as they are. */
  static Optional<RowConversion> between(TableContext before, TableContext after) {
    return after.hasSchemaOf(before)
        ? Optional.empty()
        : Optional.of(new RowConversion(before, after));
  }

  Memtable apply(Memtable memtable) {
    return memtable.withRows(this::apply);
  }

  Row apply(Row row) {
    float[] @Nullable [] converted = new float[vectors.length] @Nullable [];
    for (int i = 0; i < converted.length; i++) {
      converted[i] = vectors[i] < 0 ? null : row.vectors()[vectors[i]];
    }
    @Nullable Object[] values = new @Nullable Object[metadata.size()];
    for (int i = 0; i < values.length; i++) {
      Source source = metadata.get(i);
      values[i] =
          source.ordinal() < 0
              ? null
              : ValueConversion.convert(
                  source.before(), source.after(), row.metadata()[source.ordinal()]);
    }
    return new Row(
        row.id(), converted, values, row.expiresAtMicros(), row.version(), row.updatedAtMicros());
  }
}
