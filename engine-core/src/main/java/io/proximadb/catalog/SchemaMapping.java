package io.proximadb.catalog;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.EmbeddingModel;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/** Converts between a collection's schema and an Iceberg schema with table properties. */
public final class SchemaMapping {
  private static final Set<String> SYSTEM =
      Set.of(
          SystemColumns.ID,
          SystemColumns.EXPIRES_AT,
          SystemColumns.VERSION,
          SystemColumns.UPDATED_AT,
          SystemColumns.CLUSTER_ID);

  private SchemaMapping() {}

  /** The Iceberg schema of a new table: system and metadata columns first, vectors last. */
  public static Schema toIceberg(CollectionSchema schema) {
    AtomicInteger ids = new AtomicInteger();
    List<Types.NestedField> columns = new ArrayList<>();
    columns.add(
        Types.NestedField.required(
            ids.incrementAndGet(), SystemColumns.ID, Types.StringType.get()));
    for (MetadataField field : schema.metadataFields()) {
      columns.add(
          Types.NestedField.optional(
              ids.incrementAndGet(), field.name(), toIceberg(field.type(), ids)));
    }
    columns.add(
        Types.NestedField.optional(
            ids.incrementAndGet(), SystemColumns.EXPIRES_AT, Types.TimestampType.withZone()));
    columns.add(
        Types.NestedField.required(
            ids.incrementAndGet(), SystemColumns.VERSION, Types.LongType.get()));
    columns.add(
        Types.NestedField.required(
            ids.incrementAndGet(), SystemColumns.UPDATED_AT, Types.TimestampType.withZone()));
    columns.add(
        Types.NestedField.optional(
            ids.incrementAndGet(), SystemColumns.CLUSTER_ID, Types.LongType.get()));
    for (VectorField field : schema.vectorFields()) {
      Types.NestedField column =
          Types.NestedField.required(
              ids.incrementAndGet(),
              field.name(),
              Types.ListType.ofRequired(ids.incrementAndGet(), Types.FloatType.get()));
      columns.add(field.optional() ? column.asOptional() : column);
    }
    return new Schema(columns, Set.of(1));
  }

  /** A type with ids of its own, for Iceberg to give others. */
  static Type toIceberg(FieldType type) {
    return toIceberg(type, new AtomicInteger());
  }

  private static Type toIceberg(FieldType type, AtomicInteger ids) {
    if (type instanceof FieldType.Scalar scalar) {
      return switch (scalar) {
        case BOOLEAN -> Types.BooleanType.get();
        case INT -> Types.IntegerType.get();
        case LONG -> Types.LongType.get();
        case FLOAT -> Types.FloatType.get();
        case DOUBLE -> Types.DoubleType.get();
        case STRING -> Types.StringType.get();
        case BINARY -> Types.BinaryType.get();
        case DATE -> Types.DateType.get();
        case TIMESTAMP -> Types.TimestampType.withZone();
      };
    }
    if (type instanceof FieldType.ListOf list) {
      return Types.ListType.ofOptional(ids.incrementAndGet(), toIceberg(list.element(), ids));
    }
    List<Types.NestedField> fields = new ArrayList<>();
    for (MetadataField field : ((FieldType.StructOf) type).fields()) {
      fields.add(
          Types.NestedField.optional(
              ids.incrementAndGet(), field.name(), toIceberg(field.type(), ids)));
    }
    return Types.StructType.of(fields);
  }

  /** The table properties that an Iceberg schema cannot hold. */
  public static Map<String, String> toProperties(CollectionSchema schema) {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put(
        TableProperties.CONVENTION_VERSION, Integer.toString(TableProperties.CURRENT_CONVENTION));
    List<String> names = new ArrayList<>();
    for (VectorField field : schema.allVectorFields()) {
      properties.putAll(toProperties(field));
      names.add(field.name());
    }
    properties.put(TableProperties.VECTOR_FIELDS, String.join(",", names));
    return properties;
  }

  /** The properties of one vector field. */
  static Map<String, String> toProperties(VectorField field) {
    Map<String, String> properties = new LinkedHashMap<>();
    String prefix = TableProperties.VECTOR_PREFIX + field.name();
    properties.put(prefix + TableProperties.DIMENSION, Integer.toString(field.dimension()));
    properties.put(prefix + TableProperties.METRIC, field.metric().name());
    if (field.isSparse()) {
      properties.put(prefix + TableProperties.KIND, field.kind().name());
      properties.put(prefix + TableProperties.OPTIONAL, Boolean.toString(field.optional()));
    }
    field
        .model()
        .ifPresent(
            model -> {
              properties.put(prefix + TableProperties.MODEL, model.name());
              properties.put(prefix + TableProperties.MODEL_VERSION, model.version());
            });
    return properties;
  }

  /**
   * Reads a collection's schema back.
   *
   * @param table the table's name, for messages
   * @throws InvalidArgumentException if the table is not a collection or has a column of a type
   *     that collections do not have
   * @throws UnsupportedVersionException if the table was made by a newer version
   */
  public static CollectionSchema fromIceberg(
      String table, Schema schema, Map<String, String> properties) {
    checkConvention(table, properties);
    Map<String, VectorField> vectors = new HashMap<>();
    List<MetadataField> metadata = new ArrayList<>();
    for (Types.NestedField column : schema.columns()) {
      VectorField vector = vectorField(column, properties);
      if (vector != null) {
        vectors.put(vector.name(), vector);
      }
      // A sparse vector is a column like others, too.
      if ((vector == null || vector.isSparse()) && !SYSTEM.contains(column.name())) {
        metadata.add(new MetadataField(column.name(), fromIceberg(table, column)));
      }
    }
    List<VectorField> ordered = new ArrayList<>();
    for (String name : properties.getOrDefault(TableProperties.VECTOR_FIELDS, "").split(",", -1)) {
      VectorField field = vectors.remove(name);
      if (field != null) {
        ordered.add(field);
      }
    }
    ordered.addAll(vectors.values());
    return new CollectionSchema(
        ordered.stream().filter(field -> !field.isSparse()).toList(),
        metadata,
        ordered.stream().filter(VectorField::isSparse).toList());
  }

  private static void checkConvention(String table, Map<String, String> properties) {
    String version = properties.get(TableProperties.CONVENTION_VERSION);
    if (version == null) {
      throw new InvalidArgumentException(
          "Cannot open table '"
              + table
              + "': it is not a ProximaDB collection (no property "
              + TableProperties.CONVENTION_VERSION
              + ")");
    }
    if (!version.equals(Integer.toString(TableProperties.CURRENT_CONVENTION))) {
      throw new UnsupportedVersionException(
          "Unsupported "
              + TableProperties.CONVENTION_VERSION
              + " of '"
              + table
              + "': "
              + version
              + " (supported: "
              + TableProperties.CURRENT_CONVENTION
              + ")");
    }
  }

  /**
   * The vector field that a column is by the table's properties, or null if it is none.
   *
   * @throws InvalidArgumentException if dimension or metric do not parse
   */
  private static @Nullable VectorField vectorField(
      Types.NestedField column, Map<String, String> properties) {
    String prefix = TableProperties.VECTOR_PREFIX + column.name();
    String dimension = properties.get(prefix + TableProperties.DIMENSION);
    VectorKind kind =
        VectorKind.parse(
            properties.getOrDefault(prefix + TableProperties.KIND, VectorKind.DENSE.name()));
    boolean fits = kind == VectorKind.DENSE ? column.type().isListType() : isSparse(column.type());
    if (dimension == null || !fits) {
      return null;
    }
    String model = properties.get(prefix + TableProperties.MODEL);
    return new VectorField(
        column.name(),
        parseDimension(prefix + TableProperties.DIMENSION, dimension),
        Metric.parse(properties.getOrDefault(prefix + TableProperties.METRIC, "COSINE")),
        model == null
            ? null
            : new EmbeddingModel(
                model, properties.getOrDefault(prefix + TableProperties.MODEL_VERSION, "")),
        kind == VectorKind.DENSE
            ? column.isOptional()
            : Boolean.parseBoolean(properties.get(prefix + TableProperties.OPTIONAL)),
        kind);
  }

  /** True for the type of a sparse vector's column, by names and types of its fields. */
  private static boolean isSparse(Type type) {
    if (!type.isStructType() || type.asStructType().fields().size() != 2) {
      return false;
    }
    Types.NestedField indices = type.asStructType().field(SparseVector.INDICES);
    Types.NestedField values = type.asStructType().field(SparseVector.VALUES);
    return isListOf(indices, Type.TypeID.INTEGER) && isListOf(values, Type.TypeID.FLOAT);
  }

  private static boolean isListOf(Types.@Nullable NestedField field, Type.TypeID element) {
    return field != null
        && field.type().isListType()
        && field.type().asListType().elementType().typeId() == element;
  }

  /** Reads a dimension from a property. */
  public static int parseDimension(String key, String value) {
    try {
      return Integer.parseInt(value.trim());
    } catch (NumberFormatException e) {
      throw new InvalidArgumentException(
          "Invalid " + key + ": '" + value + "' (expected a whole number)", e);
    }
  }

  /** The metadata field that a column is; empty if no collection can have its name or its type. */
  static Optional<MetadataField> metadataField(String table, Types.NestedField column) {
    try {
      return Optional.of(new MetadataField(column.name(), fromIceberg(table, column)));
    } catch (InvalidArgumentException e) {
      return Optional.empty();
    }
  }

  private static FieldType fromIceberg(String table, Types.NestedField column) {
    return fromIceberg(table, column.name(), column.type());
  }

  private static FieldType fromIceberg(String table, String column, Type type) {
    return switch (type.typeId()) {
      case BOOLEAN -> FieldType.Scalar.BOOLEAN;
      case INTEGER -> FieldType.Scalar.INT;
      case LONG -> FieldType.Scalar.LONG;
      case FLOAT -> FieldType.Scalar.FLOAT;
      case DOUBLE -> FieldType.Scalar.DOUBLE;
      case STRING -> FieldType.Scalar.STRING;
      case BINARY -> FieldType.Scalar.BINARY;
      case DATE -> FieldType.Scalar.DATE;
      case TIMESTAMP -> {
        if (!((Types.TimestampType) type).shouldAdjustToUTC()) {
          throw unsupported(table, column, type);
        }
        yield FieldType.Scalar.TIMESTAMP;
      }
      case LIST ->
          new FieldType.ListOf(fromIceberg(table, column + "[]", type.asListType().elementType()));
      case STRUCT -> {
        List<MetadataField> fields = new ArrayList<>();
        for (Types.NestedField field : type.asStructType().fields()) {
          fields.add(
              new MetadataField(
                  field.name(), fromIceberg(table, column + "." + field.name(), field.type())));
        }
        yield new FieldType.StructOf(fields);
      }
      default -> throw unsupported(table, column, type);
    };
  }

  private static InvalidArgumentException unsupported(String table, String column, Type type) {
    return new InvalidArgumentException(
        "Unsupported type of column '"
            + column
            + "' of '"
            + table
            + "': "
            + type
            + " (expected boolean, int, long, float, double, string, binary, date, timestamptz,"
            + " or a list or struct of these)");
  }
}
