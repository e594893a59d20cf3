package io.proximadb.spark;

import io.proximadb.catalog.SchemaMapping;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.EmbeddingModel;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorKind;
import io.proximadb.spark.types.SparkColumns;
import io.proximadb.spark.types.SparkTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * A collection as {@code CREATE TABLE} describes it: a column {@code id STRING}, columns of type
 * {@code ARRAY<FLOAT>} with a property {@code proximadb.vector.<column>.dimension}, an optional
 * {@code expires_at TIMESTAMP}, and metadata columns.
 *
 * @param schema the collection's schema
 * @param properties table properties beside those of the schema
 */
record CollectionDefinition(CollectionSchema schema, Map<String, String> properties) {
  /** Table property prefix: the comment of a column. */
  static final String COMMENT_PREFIX = "proximadb.spark.comment.";

  private static final Metric DEFAULT_METRIC = Metric.COSINE;

  /** What Spark puts among the properties and a collection has no use for. */
  private static final Set<String> IGNORED =
      Set.of(
          TableCatalog.PROP_PROVIDER,
          TableCatalog.PROP_OWNER,
          TableCatalog.PROP_IS_MANAGED_LOCATION,
          TableCatalog.PROP_TABLE_TYPE);

  private static final Set<String> VECTOR_SUFFIXES =
      Set.of(
          TableProperties.DIMENSION,
          TableProperties.METRIC,
          TableProperties.KIND,
          TableProperties.MODEL,
          TableProperties.MODEL_VERSION);

  /** Of a dense vector column: how compactions store it. */
  private static final Set<String> PROFILE_SUFFIXES =
      Set.of(TableProperties.PROFILE, TableProperties.SPARSE_THRESHOLD, TableProperties.COLD_GAIN);

  /**
   * Checks a statement.
   *
   * @throws InvalidArgumentException naming what a collection cannot be made of
   */
  static CollectionDefinition of(
      Column[] columns, Transform[] partitioning, Map<String, String> tableProperties) {
    checkSupported(partitioning, tableProperties);
    Map<String, Column> byName = new LinkedHashMap<>();
    for (Column column : columns) {
      byName.put(column.name(), column);
    }
    checkVectorProperties(byName.keySet(), tableProperties);
    checkType(byName, SystemColumns.ID, DataTypes.StringType, true);
    checkType(byName, SystemColumns.EXPIRES_AT, DataTypes.TimestampType, false);
    CollectionSchema.Builder schema = CollectionSchema.builder();
    boolean hasVector = false;
    for (Column column : columns) {
      String name = column.name();
      if (tableProperties.containsKey(key(name, TableProperties.DIMENSION))) {
        schema.vector(vectorField(column, tableProperties));
        hasVector = true;
      } else if (!SystemColumns.RESERVED.contains(name)) {
        schema.metadata(name, SparkTypes.fromSpark(name, column.dataType()));
      }
    }
    if (!hasVector) {
      throw noVector(columns);
    }
    return new CollectionDefinition(schema.build(), properties(columns, tableProperties));
  }

  private static void checkSupported(Transform[] partitioning, Map<String, String> properties) {
    if (partitioning.length > 0) {
      throw new InvalidArgumentException(
          "Unsupported partitioning: " + partitioning[0].describe() + " (expected none)");
    }
    String provider = properties.getOrDefault(TableCatalog.PROP_PROVIDER, ProximaSource.NAME);
    if (!provider.equalsIgnoreCase(ProximaSource.NAME)) {
      throw new InvalidArgumentException(
          "Unsupported provider: '" + provider + "' (expected USING " + ProximaSource.NAME + ")");
    }
    for (String key : List.of(TableCatalog.PROP_LOCATION, TableCatalog.PROP_EXTERNAL)) {
      if (properties.containsKey(key)) {
        throw new InvalidArgumentException(
            "Unsupported table property: "
                + key
                + "="
                + properties.get(key)
                + " (expected none, the warehouse places its collections)");
      }
    }
  }

  private static void checkVectorProperties(Set<String> columns, Map<String, String> properties) {
    for (String key : properties.keySet()) {
      if (!key.startsWith(TableProperties.VECTOR_PREFIX)) {
        continue;
      }
      String rest = key.substring(TableProperties.VECTOR_PREFIX.length());
      int dot = rest.indexOf('.');
      String column = dot < 0 ? rest : rest.substring(0, dot);
      String suffix = dot < 0 ? "" : rest.substring(dot);
      if (!VECTOR_SUFFIXES.contains(suffix) && !PROFILE_SUFFIXES.contains(suffix)) {
        throw new InvalidArgumentException(
            "Invalid table property: '"
                + key
                + "' (expected "
                + TableProperties.VECTOR_PREFIX
                + "<column>.dimension, .metric, .kind, .model, .model-version, .profile,"
                + " .sparse-threshold or .cold-gain)");
      }
      if (!columns.contains(column)) {
        throw new InvalidArgumentException(
            "Invalid table property: '"
                + key
                + "' names no column (expected one of "
                + columns
                + ")");
      }
      if (!properties.containsKey(key(column, TableProperties.DIMENSION))) {
        throw new InvalidArgumentException(
            "Invalid vector column '"
                + column
                + "': no dimension (expected table property '"
                + key(column, TableProperties.DIMENSION)
                + "')");
      }
    }
  }

  private static void checkType(
      Map<String, Column> columns, String name, DataType expected, boolean isRequired) {
    Column column = columns.get(name);
    if (column == null ? isRequired : !column.dataType().equals(expected)) {
      throw new InvalidArgumentException(
          "Invalid column '"
              + name
              + "': "
              + (column == null ? "missing" : column.dataType().sql())
              + " (expected "
              + name
              + " "
              + expected.sql()
              + ")");
    }
  }

  private static VectorField vectorField(Column column, Map<String, String> properties) {
    String name = column.name();
    VectorKind kind =
        VectorKind.parse(
            properties.getOrDefault(key(name, TableProperties.KIND), VectorKind.DENSE.name()));
    if (kind == VectorKind.SPARSE) {
      checkSparse(column);
    } else if (!isFloatArray(column)) {
      throw new InvalidArgumentException(
          "Invalid type of vector column '"
              + name
              + "': "
              + column.dataType().sql()
              + " (expected ARRAY<FLOAT>; a query casts it by CAST("
              + name
              + " AS ARRAY<FLOAT>))");
    }
    String model = properties.get(key(name, TableProperties.MODEL));
    return new VectorField(
        name,
        SchemaMapping.parseDimension(
            key(name, TableProperties.DIMENSION),
            properties.getOrDefault(key(name, TableProperties.DIMENSION), "")),
        Metric.parse(
            properties.getOrDefault(key(name, TableProperties.METRIC), DEFAULT_METRIC.name())),
        model == null
            ? null
            : new EmbeddingModel(
                model, properties.getOrDefault(key(name, TableProperties.MODEL_VERSION), "")),
        false,
        kind);
  }

  private static void checkSparse(Column column) {
    if (!SparkTypes.fromSpark(column.name(), column.dataType()).equals(SparseVector.TYPE)) {
      throw new InvalidArgumentException(
          "Invalid type of sparse vector column '"
              + column.name()
              + "': "
              + column.dataType().sql()
              + " (expected "
              + SparkTypes.toSpark(SparseVector.TYPE).sql()
              + ")");
    }
  }

  private static boolean isFloatArray(Column column) {
    return column.dataType() instanceof ArrayType list
        && list.elementType().equals(DataTypes.FloatType);
  }

  private static InvalidArgumentException noVector(Column[] columns) {
    List<String> candidates = new ArrayList<>();
    for (Column column : columns) {
      if (isFloatArray(column)) {
        candidates.add(column.name());
      }
    }
    String column = candidates.isEmpty() ? VectorField.DEFAULT_NAME : candidates.get(0);
    return new InvalidArgumentException(
        "Cannot create a collection without a vector column (columns of type ARRAY<FLOAT>: "
            + candidates
            + ", expected TBLPROPERTIES ('"
            + key(column, TableProperties.DIMENSION)
            + "' = '<number of components>') for one)");
  }

  private static String key(String column, String suffix) {
    return TableProperties.VECTOR_PREFIX + column + suffix;
  }

  private static Map<String, String> properties(
      Column[] columns, Map<String, String> tableProperties) {
    Map<String, String> properties = new LinkedHashMap<>();
    tableProperties.forEach(
        (key, value) -> {
          // OPTIONS come twice, once under a prefix.
          if (!IGNORED.contains(key)
              && (!key.startsWith(TableProperties.VECTOR_PREFIX)
                  || PROFILE_SUFFIXES.stream().anyMatch(key::endsWith))
              && !key.startsWith(TableCatalog.OPTION_PREFIX)) {
            properties.put(key, value);
          }
        });
    List<String> order = new ArrayList<>();
    for (Column column : columns) {
      order.add(column.name());
      if (column.comment() != null) {
        properties.put(COMMENT_PREFIX + column.name(), column.comment());
      }
    }
    properties.put(SparkColumns.ORDER_PROPERTY, SparkColumns.orderProperty(order));
    return properties;
  }
}
