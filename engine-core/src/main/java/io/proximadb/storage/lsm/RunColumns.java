package io.proximadb.storage.lsm;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * The columns of new files: the id first, then the others in the order of the table, vectors last.
 *
 * @param scalars all columns but the vectors, with the values that rows have for them
 * @param vectors the vector columns
 */
record RunColumns(List<Source> scalars, List<VectorSource> vectors) {
  /** A column and where its values come from; timestamps may come as microseconds. */
  record Source(NestedField field, Function<Row, @Nullable Object> value) {}

  /** A vector column: {@code ordinal} is its place in {@link Row#vectors()}. */
  record VectorSource(NestedField field, VectorField vector, int ordinal) {}

  /**
   * The columns of a table that its collection fills.
   *
   * @throws InvalidArgumentException if there is a required one that it does not fill, or it has
   *     one that the table lacks
   */
  static RunColumns of(TableContext table) {
    Map<String, Integer> metadata = new HashMap<>();
    for (MetadataField field : table.schema().metadataFields()) {
      metadata.put(field.name(), metadata.size());
    }
    List<Source> scalars = new ArrayList<>();
    List<VectorSource> vectors = new ArrayList<>();
    for (NestedField field : table.icebergSchema().columns()) {
      Optional<VectorField> vector = table.schema().vectorField(field.name());
      Integer ordinal = metadata.remove(field.name());
      Function<Row, @Nullable Object> system = systemValue(field.name());
      if (vector.isPresent()) {
        int place = table.schema().vectorFields().indexOf(vector.get());
        // Where rows may be without the field, this file has it for all of its rows or not at all.
        vectors.add(new VectorSource(field.asRequired(), vector.get(), place));
      } else if (ordinal != null) {
        scalars.add(new Source(field, row -> row.metadata()[ordinal]));
      } else if (system != null) {
        int place = field.name().equals(SystemColumns.ID) ? 0 : scalars.size();
        scalars.add(place, new Source(field, system));
      } else if (field.isRequired()) {
        throw new InvalidArgumentException(
            "Cannot write to table "
                + table.location()
                + ": nothing fills required column '"
                + field.name()
                + "'");
      }
    }
    if (!metadata.isEmpty()
        || vectors.size() < table.schema().vectorFields().size()
        || scalars.isEmpty()
        || !scalars.get(0).field().name().equals(SystemColumns.ID)) {
      throw new InvalidArgumentException(
          "Invalid schema of table "
              + table.location()
              + ": a column of its collection is missing (found="
              + table.icebergSchema().columns().stream().map(NestedField::name).toList()
              + ")");
    }
    return new RunColumns(scalars, vectors);
  }

  private static @Nullable Function<Row, @Nullable Object> systemValue(String name) {
    return switch (name) {
      case SystemColumns.ID -> Row::id;
      case SystemColumns.EXPIRES_AT ->
          row -> row.expiresAtMicros() == Row.NO_EXPIRY ? null : (Object) row.expiresAtMicros();
      case SystemColumns.VERSION -> Row::version;
      case SystemColumns.UPDATED_AT -> Row::updatedAtMicros;
      // Rows are in the order of their ids, not of clusters.
      case SystemColumns.CLUSTER_ID -> row -> null;
      default -> null;
    };
  }

  /** The type of the values of a column that is no vector field. */
  static FieldType type(TableContext table, String name) {
    return switch (name) {
      case SystemColumns.ID -> Scalar.STRING;
      case SystemColumns.EXPIRES_AT, SystemColumns.UPDATED_AT -> Scalar.TIMESTAMP;
      case SystemColumns.VERSION, SystemColumns.CLUSTER_ID -> Scalar.LONG;
      default ->
          table
              .schema()
              .metadataField(name)
              .orElseThrow(() -> new InvalidArgumentException("Invalid column: '" + name + "'"))
              .type();
    };
  }
}
