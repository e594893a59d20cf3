package io.proximadb.spark.types;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Which columns of a collection Spark shows, in which order and with which types.
 *
 * <p>A table that was created with SQL shows its columns as they were declared; the property
 * {@value #ORDER_PROPERTY} keeps that order, because files have an order of their own (vectors
 * last). Other collections show id, metadata, {@code expires_at} and vectors. Columns that are not
 * shown, the system's own among them, can still be asked for by name as metadata columns.
 */
public final class SparkColumns {
  /** Table property: the declared columns, comma-separated. */
  public static final String ORDER_PROPERTY = "proximadb.spark.columns";

  private final CollectionSchema schema;
  private final List<String> shown;

  public SparkColumns(CollectionSchema schema, Map<String, String> tableProperties) {
    this.schema = schema;
    this.shown = shownColumns(schema, tableProperties.get(ORDER_PROPERTY));
  }

  private static List<String> shownColumns(
      CollectionSchema schema, @org.jspecify.annotations.Nullable String declared) {
    Map<String, Boolean> all = new LinkedHashMap<>();
    all.put(SystemColumns.ID, true);
    schema.metadataFields().forEach(field -> all.put(field.name(), true));
    all.put(SystemColumns.EXPIRES_AT, declared == null);
    schema.vectorFields().forEach(field -> all.put(field.name(), true));
    Map<String, Boolean> ordered = new LinkedHashMap<>();
    if (declared != null) {
      for (String name : declared.split(",", -1)) {
        if (all.containsKey(name)) {
          ordered.put(name, true);
        }
      }
    }
    all.forEach(ordered::putIfAbsent);
    return ordered.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).toList();
  }

  /** The value of {@link #ORDER_PROPERTY} for columns declared in this order. */
  public static String orderProperty(List<String> columns) {
    return String.join(",", columns);
  }

  /** The shown columns as a writer sees them: nullable, so that our own checks name the record. */
  public StructType writeSchema() {
    return DataTypes.createStructType(
        shown.stream()
            .map(
                name ->
                    DataTypes.createStructField(
                        name,
                        schema.vectorField(name).isPresent()
                            ? SparkTypes.NULLABLE_VECTOR
                            : type(name),
                        true))
            .toArray(StructField[]::new));
  }

  /** The shown columns as they are read. */
  public StructType readSchema() {
    return readSchema(shown);
  }

  /** Some columns as they are read, in that order; they exist. */
  public StructType readSchema(List<String> columns) {
    return DataTypes.createStructType(columns.stream().map(this::readField).toList());
  }

  private StructField readField(String name) {
    boolean nullable =
        schema.metadataField(name).isPresent()
            || name.equals(SystemColumns.EXPIRES_AT)
            || name.equals(SystemColumns.CLUSTER_ID)
            || name.equals(RowPlaces.DISTANCE)
            || schema.vectorField(name).filter(VectorField::optional).isPresent();
    return DataTypes.createStructField(name, type(name), nullable);
  }

  /** Columns that exist but are not shown. */
  public List<String> hidden() {
    return Stream.of(
            SystemColumns.EXPIRES_AT,
            SystemColumns.VERSION,
            SystemColumns.UPDATED_AT,
            SystemColumns.CLUSTER_ID,
            RowPlaces.FILE,
            RowPlaces.POSITION,
            RowPlaces.DISTANCE)
        .filter(name -> !shown.contains(name))
        .toList();
  }

  /** The type of any column as it is read. */
  public DataType type(String column) {
    if (RowPlaces.isPlace(column)) {
      return RowPlaces.type(column);
    }
    return schema.vectorField(column).isPresent()
        ? SparkTypes.VECTOR
        : SparkTypes.toSpark(
            fieldType(column)
                .orElseThrow(() -> new IllegalArgumentException("No column '" + column + "'")));
  }

  /** The type of a column that is no vector, if there is one of that name. */
  public Optional<FieldType> fieldType(String column) {
    return switch (column) {
      case SystemColumns.ID -> Optional.of(FieldType.Scalar.STRING);
      case SystemColumns.EXPIRES_AT, SystemColumns.UPDATED_AT ->
          Optional.of(FieldType.Scalar.TIMESTAMP);
      case SystemColumns.VERSION, SystemColumns.CLUSTER_ID -> Optional.of(FieldType.Scalar.LONG);
      default -> schema.metadataField(column).map(MetadataField::type);
    };
  }

  /** The vector field of that name, if there is one. */
  public Optional<VectorField> vectorField(String column) {
    return schema.vectorField(column);
  }

  /** True if the column holds no null in any row. */
  public boolean isNeverNull(String column) {
    return !readField(column).nullable();
  }

  public CollectionSchema schema() {
    return schema;
  }
}
