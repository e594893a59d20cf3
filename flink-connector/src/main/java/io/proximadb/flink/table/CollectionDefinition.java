package io.proximadb.flink.table;

import io.proximadb.catalog.SchemaMapping;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.flink.source.FlinkTypes;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.catalog.ResolvedCatalogTable;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/**
 * A collection as {@code CREATE TABLE} describes it: {@code id STRING}, columns {@code
 * ARRAY<FLOAT>} with an option {@code proximadb.vector.<column>.dimension} and perhaps {@code
 * .metric}, perhaps {@code expires_at TIMESTAMP_LTZ}, and metadata columns.
 *
 * @param schema the collection's schema
 * @param properties table properties beside those of the schema
 */
record CollectionDefinition(CollectionSchema schema, Map<String, String> properties) {
  private static final String PREFIX = "proximadb.";
  private static final Metric DEFAULT_METRIC = Metric.COSINE;

  /**
   * Checks a statement.
   *
   * @throws InvalidArgumentException naming what a collection cannot be made of
   */
  static CollectionDefinition of(ResolvedCatalogTable table) {
    if (table.isPartitioned()) {
      throw new InvalidArgumentException(
          "Unsupported partitioning: " + table.getPartitionKeys() + " (expected none)");
    }
    for (Column column : table.getResolvedSchema().getColumns()) {
      if (!column.isPhysical()) {
        throw new InvalidArgumentException(
            "Unsupported column '"
                + column.getName()
                + "': computed and metadata columns are not stored (expected them in CREATE"
                + " TEMPORARY TABLE)");
      }
    }
    Map<String, String> options = new LinkedHashMap<>(table.getOptions());
    String connector = options.remove(FactoryUtil.CONNECTOR.key());
    if (connector != null && !connector.equals(ProximaDynamicTableFactory.IDENTIFIER)) {
      throw new InvalidArgumentException(
          "Unsupported connector: '"
              + connector
              + "' (expected "
              + ProximaDynamicTableFactory.IDENTIFIER
              + " or none)");
    }
    RowType columns = (RowType) table.getResolvedSchema().toPhysicalRowDataType().getLogicalType();
    return new CollectionDefinition(schema(columns, options), properties(columns, options));
  }

  private static CollectionSchema schema(RowType columns, Map<String, String> options) {
    CollectionSchema.Builder schema = CollectionSchema.builder();
    boolean hasId = false;
    boolean hasVector = false;
    for (RowType.RowField field : columns.getFields()) {
      String name = field.getName();
      LogicalType type = field.getType();
      if (name.equals(SystemColumns.ID)) {
        check(name, type, LogicalTypeRoot.VARCHAR, "STRING");
        hasId = true;
      } else if (name.equals(SystemColumns.EXPIRES_AT)) {
        check(name, type, LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE, "TIMESTAMP_LTZ");
      } else if (options.containsKey(key(name, TableProperties.DIMENSION))) {
        schema.vector(vector(name, type, options));
        hasVector = true;
      } else {
        schema.metadata(name, FlinkTypes.fromFlink(name, type));
      }
    }
    if (!hasId || !hasVector) {
      throw new InvalidArgumentException(
          "Cannot create a collection without "
              + (hasId ? "a vector column" : "a column id")
              + " (expected id STRING, and ARRAY<FLOAT> with the option '"
              + key("<column>", TableProperties.DIMENSION)
              + "')");
    }
    return schema.build();
  }

  private static void check(String name, LogicalType type, LogicalTypeRoot root, String expected) {
    if (type.getTypeRoot() != root) {
      throw new InvalidArgumentException(
          "Invalid column '"
              + name
              + "': "
              + type.asSummaryString()
              + " (expected "
              + expected
              + ")");
    }
  }

  private static VectorField vector(String name, LogicalType type, Map<String, String> options) {
    if (!(type instanceof ArrayType array)
        || array.getElementType().getTypeRoot() != LogicalTypeRoot.FLOAT) {
      throw new InvalidArgumentException(
          "Invalid type of vector column '"
              + name
              + "': "
              + type.asSummaryString()
              + " (expected ARRAY<FLOAT>)");
    }
    String dimension = key(name, TableProperties.DIMENSION);
    return new VectorField(
        name,
        SchemaMapping.parseDimension(dimension, options.getOrDefault(dimension, "")),
        Metric.parse(
            options.getOrDefault(key(name, TableProperties.METRIC), DEFAULT_METRIC.name())));
  }

  private static String key(String column, String suffix) {
    return TableProperties.VECTOR_PREFIX + column + suffix;
  }

  private static Map<String, String> properties(RowType columns, Map<String, String> options) {
    Map<String, String> properties = new LinkedHashMap<>();
    options.forEach(
        (key, value) -> {
          boolean ofVector = key.startsWith(TableProperties.VECTOR_PREFIX);
          List<String> names = columns.getFieldNames();
          boolean known =
              ofVector
                  ? names.stream()
                      .anyMatch(
                          name ->
                              key.equals(key(name, TableProperties.DIMENSION))
                                  || (key.equals(key(name, TableProperties.METRIC))
                                      && options.containsKey(key(name, TableProperties.DIMENSION))))
                  : key.startsWith(PREFIX);
          if (!known) {
            throw new InvalidArgumentException(
                "Invalid option: '"
                    + key
                    + "' (expected proximadb.vector.<column>.dimension or .metric of one of "
                    + names
                    + ", or another property that starts with "
                    + PREFIX
                    + "; how a table is read and written is said in hints: OPTIONS(...))");
          }
          if (!ofVector) {
            properties.put(key, value);
          }
        });
    return properties;
  }
}
