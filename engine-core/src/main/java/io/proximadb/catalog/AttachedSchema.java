package io.proximadb.catalog;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.storage.AttachedFiles;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Type.TypeID;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/**
 * The columns of an attached table as a collection's: the same field ids, the column of ids under
 * the name {@code id}, system columns that no file has. Columns that no collection can have are
 * left out: those of other types, and of names that break the rule or are taken.
 *
 * @param icebergSchema with the left-out columns under names that nobody can ask for, since
 *     equality deletes may compare them
 * @param schema what can be asked for
 * @param leftOut names of the columns that are left out, in order
 */
record AttachedSchema(Schema icebergSchema, CollectionSchema schema, List<String> leftOut) {
  /** Property: the name of the column of ids in the table. */
  static final String ID_COLUMN = "proximadb.attached.id-column";

  /** Property: the columns that are left out, comma-separated. */
  static final String LEFT_OUT = "proximadb.attached.left-out-columns";

  /** Begins properties that say how indexes are built, not which. */
  private static final String INDEX_SETTINGS = TableProperties.PREFIX + "indexes.";

  /** Below Iceberg's own reserved ids, above all that a table gives. */
  private static final int FIRST_SYSTEM_ID = Integer.MAX_VALUE - 10_000;

  private static final Set<TypeID> ID_TYPES =
      Set.of(TypeID.STRING, TypeID.INTEGER, TypeID.LONG, TypeID.UUID);

  private static final Set<TypeID> VECTOR_TYPES = Set.of(TypeID.FLOAT, TypeID.DOUBLE);

  /**
   * Sees a table as a collection.
   *
   * @throws InvalidArgumentException if the column of ids or one of vectors is not there any more,
   *     or of another type
   */
  static AttachedSchema of(Attachment attachment, Schema table) {
    List<NestedField> columns = new ArrayList<>();
    NestedField id = column(attachment, table, "id", attachment.idField());
    checkId(attachment, id);
    columns.add(NestedField.from(id).withName(SystemColumns.ID).build());

    List<VectorField> vectors = new ArrayList<>();
    Set<Integer> special = new HashSet<>(Set.of(id.fieldId()));
    Set<String> taken =
        new HashSet<>(
            Set.of(
                SystemColumns.ID,
                SystemColumns.EXPIRES_AT,
                SystemColumns.VERSION,
                SystemColumns.UPDATED_AT,
                SystemColumns.CLUSTER_ID));
    for (Attachment.VectorColumn vector : attachment.vectors()) {
      NestedField column = column(attachment, table, "vector", vector.fieldId());
      checkVector(attachment, column);
      special.add(column.fieldId());
      if (!taken.add(column.name().toLowerCase(Locale.ROOT))) {
        throw unfit(attachment, "the name of its vector column '" + column.name() + "' is taken");
      }
      vectors.add(new VectorField(column.name(), vector.dimension(), vector.metric()).asOptional());
    }

    List<MetadataField> metadata = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    List<NestedField> unseen = new ArrayList<>();
    for (NestedField column : table.columns()) {
      if (special.contains(column.fieldId())) {
        continue;
      }
      Optional<MetadataField> field = SchemaMapping.metadataField(attachment.table(), column);
      if (field.isPresent()
          && metadata.size() < CollectionSchema.MAX_METADATA_FIELDS
          && taken.add(column.name().toLowerCase(Locale.ROOT))) {
        metadata.add(field.get());
        columns.add(column);
      } else {
        leftOut.add(column.name());
        unseen.add(NestedField.from(column).withName("#" + column.fieldId()).build());
      }
    }
    columns.addAll(unseen);
    addSystemColumns(columns);
    attachment.vectors().forEach(vector -> columns.add(table.findField(vector.fieldId())));
    return new AttachedSchema(
        new Schema(table.schemaId(), columns), new CollectionSchema(vectors, metadata), leftOut);
  }

  private static void addSystemColumns(List<NestedField> columns) {
    columns.add(
        NestedField.optional(
            FIRST_SYSTEM_ID, SystemColumns.EXPIRES_AT, Types.TimestampType.withZone()));
    columns.add(
        NestedField.optional(FIRST_SYSTEM_ID + 1, SystemColumns.VERSION, Types.LongType.get()));
    columns.add(
        NestedField.optional(
            FIRST_SYSTEM_ID + 2, SystemColumns.UPDATED_AT, Types.TimestampType.withZone()));
    columns.add(
        NestedField.optional(FIRST_SYSTEM_ID + 3, SystemColumns.CLUSTER_ID, Types.LongType.get()));
  }

  private static NestedField column(Attachment attachment, Schema table, String what, int fieldId) {
    for (NestedField column : table.columns()) {
      if (column.fieldId() == fieldId) {
        return column;
      }
    }
    throw unfit(attachment, "its " + what + " column (field " + fieldId + ") is not there");
  }

  /** True if every value of the type is one string, and no two are the same. */
  static boolean canBeId(Type type) {
    return ID_TYPES.contains(type.typeId());
  }

  static boolean canBeVector(Type type) {
    return type.isListType() && VECTOR_TYPES.contains(type.asListType().elementType().typeId());
  }

  private static void checkId(Attachment attachment, NestedField column) {
    if (!canBeId(column.type())) {
      throw unfit(
          attachment,
          "its id column '"
              + column.name()
              + "' is of type "
              + column.type()
              + " (expected string, int, long or uuid)");
    }
  }

  private static void checkVector(Attachment attachment, NestedField column) {
    if (!canBeVector(column.type())) {
      throw unfit(
          attachment,
          "its vector column '"
              + column.name()
              + "' is of type "
              + column.type()
              + " (expected list<float> or list<double>)");
    }
  }

  private static InvalidArgumentException unfit(Attachment attachment, String reason) {
    return new InvalidArgumentException(
        "Cannot read table '"
            + attachment.table()
            + "' as collection '"
            + attachment.name()
            + "': "
            + reason
            + "; if the table has changed for good, detach it and attach it anew");
  }

  /**
   * The table's properties with what tells of the attachment; nothing that a collection sets but
   * how indexes are built.
   *
   * @param indexes definitions as they are registered, by name
   */
  Map<String, String> properties(
      Attachment attachment, Table table, Schema tableSchema, Map<String, String> indexes) {
    Map<String, String> properties = new HashMap<>(table.properties());
    properties
        .keySet()
        .removeIf(key -> key.startsWith(TableProperties.PREFIX) && !key.startsWith(INDEX_SETTINGS));
    schema.vectorFields().forEach(field -> properties.putAll(SchemaMapping.toProperties(field)));
    properties.put(
        TableProperties.VECTOR_FIELDS,
        schema.vectorFields().stream().map(VectorField::name).collect(Collectors.joining(",")));
    properties.put(AttachedFiles.TABLE, attachment.table());
    properties.put(ID_COLUMN, tableSchema.findColumnName(attachment.idField()));
    if (!leftOut.isEmpty()) {
      properties.put(LEFT_OUT, String.join(",", leftOut));
    }
    properties.putAll(AttachedFiles.properties(table.specs()));
    if (attachment.ownFolder() != null) {
      properties.put(AttachedFiles.OWN_FOLDER, attachment.ownFolder());
      properties.putAll(AttachedIndex.properties(indexes, icebergSchema));
    }
    return properties;
  }
}
