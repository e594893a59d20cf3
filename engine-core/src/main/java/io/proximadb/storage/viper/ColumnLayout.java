package io.proximadb.storage.viper;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.ClusterId;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Row;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a file in their order: id, metadata, system columns, vectors last; and where the
 * values of each come from.
 *
 * @param scalars all columns but the vectors
 * @param vectors the vector columns
 */
record ColumnLayout(List<Source> scalars, List<VectorSource> vectors) {
  /** Columns that only the engine fills, after the metadata. */
  private static final List<String> SYSTEM =
      List.of(
          SystemColumns.EXPIRES_AT,
          SystemColumns.VERSION,
          SystemColumns.UPDATED_AT,
          SystemColumns.CLUSTER_ID);

  /** A column whose values a row yields; timestamps may come as microseconds. */
  record Source(NestedField field, Function<FileRow, @Nullable Object> value) {}

  /** A vector column: {@code ordinal} is its place in {@link Row#vectors()}. */
  record VectorSource(NestedField field, VectorField vector, int ordinal) {}

  /** Columns with Iceberg's reserved field ids that keep a moved row's lineage. */
  private static final List<Source> LINEAGE =
      List.of(
          new Source(MetadataColumns.ROW_ID, row -> stored(row.rowId())),
          new Source(MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER, row -> stored(row.updatedIn())));

  private static @Nullable Object stored(long value) {
    return value == FileRow.INHERITED ? null : (Object) value;
  }

  /** The columns of a file whose rows inherit their lineage. */
  static ColumnLayout of(TableContext table) {
    Schema schema = table.icebergSchema();
    CollectionSchema collection = table.schema();
    List<Source> scalars = new ArrayList<>();
    scalars.add(new Source(required(schema, SystemColumns.ID), row -> row.row().id()));
    Set<String> taken = new HashSet<>(SYSTEM);
    taken.add(SystemColumns.ID);
    for (int i = 0; i < collection.metadataFields().size(); i++) {
      int ordinal = i;
      String name = collection.metadataFields().get(i).name();
      taken.add(name);
      scalars.add(new Source(required(schema, name), row -> row.row().metadata()[ordinal]));
    }
    for (String name : SYSTEM) {
      scalars.add(new Source(required(schema, name), systemValue(name)));
    }
    List<VectorSource> vectors = new ArrayList<>();
    for (int i = 0; i < collection.vectorFields().size(); i++) {
      VectorField vector = collection.vectorFields().get(i);
      taken.add(vector.name());
      // Where rows may be without the field, this file has it for all of its rows or not at all.
      vectors.add(new VectorSource(required(schema, vector.name()).asRequired(), vector, i));
    }
    for (NestedField field : schema.columns()) {
      if (!taken.contains(field.name()) && field.isRequired()) {
        throw new InvalidArgumentException(
            "Cannot write to table "
                + table.location()
                + ": nothing fills required column '"
                + field.name()
                + "'");
      }
    }
    return new ColumnLayout(scalars, vectors);
  }

  private static NestedField required(Schema schema, String name) {
    NestedField field = schema.findField(name);
    if (field == null) {
      throw new InvalidArgumentException(
          "Invalid table schema: no column '" + name + "' (found " + schema.columns() + ")");
    }
    return field;
  }

  private static Function<FileRow, @Nullable Object> systemValue(String name) {
    return switch (name) {
      case SystemColumns.EXPIRES_AT ->
          row ->
              row.row().expiresAtMicros() == Row.NO_EXPIRY
                  ? null
                  : (Object) row.row().expiresAtMicros();
      case SystemColumns.VERSION -> row -> row.row().version();
      case SystemColumns.UPDATED_AT -> row -> row.row().updatedAtMicros();
      case SystemColumns.CLUSTER_ID ->
          row -> row.clusterId() == ClusterId.NONE ? null : (Object) row.clusterId();
      default -> throw new AssertionError(name);
    };
  }

  /** The same columns and those of stored lineage. */
  ColumnLayout withLineage() {
    List<Source> all = new ArrayList<>(scalars);
    all.addAll(LINEAGE);
    return new ColumnLayout(all, vectors);
  }

  /** All columns of the file. */
  List<NestedField> fields() {
    List<NestedField> fields = new ArrayList<>();
    scalars.forEach(source -> fields.add(source.field()));
    vectors.forEach(source -> fields.add(source.field()));
    return fields;
  }

  /** The Parquet schema without the vectors, which are not written value by value. */
  MessageType scalarSchema() {
    return ParquetSchemas.messageType(scalars.stream().map(Source::field).toList());
  }
}
