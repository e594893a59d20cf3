package io.proximadb.flink.table;

import static io.proximadb.flink.table.ProximaConnectorOptions.CATALOG_PREFIX;
import static io.proximadb.flink.table.ProximaConnectorOptions.COLLECTION;
import static io.proximadb.flink.table.ProximaConnectorOptions.SINK_BUFFER_BYTES;
import static io.proximadb.flink.table.ProximaConnectorOptions.SINK_UID;
import static io.proximadb.flink.table.ProximaConnectorOptions.WAREHOUSE;

import io.proximadb.error.ProximaException;
import io.proximadb.flink.ProximaSink;
import io.proximadb.model.SystemColumns;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.catalog.UniqueConstraint;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;

/**
 * Makes the sink behind a table of Flink SQL:
 *
 * <pre>{@code
 * CREATE TABLE docs (
 *   id STRING, category STRING, `vector` ARRAY<FLOAT>,
 *   PRIMARY KEY (id) NOT ENFORCED
 * ) WITH ('connector' = 'proximadb', 'warehouse' = '/data/warehouse', 'collection' = 'default.docs')
 * }</pre>
 *
 * <p>The table only names a collection, which must exist.
 */
public final class ProximaDynamicTableFactory implements DynamicTableSinkFactory {
  public static final String IDENTIFIER = "proximadb";

  @Override
  public String factoryIdentifier() {
    return IDENTIFIER;
  }

  @Override
  public Set<ConfigOption<?>> requiredOptions() {
    return Set.of(COLLECTION);
  }

  @Override
  public Set<ConfigOption<?>> optionalOptions() {
    return Set.of(WAREHOUSE, SINK_BUFFER_BYTES, SINK_UID, FactoryUtil.SINK_PARALLELISM);
  }

  @Override
  public DynamicTableSink createDynamicTableSink(Context context) {
    FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
    helper.validateExcept(CATALOG_PREFIX);
    ResolvedSchema schema = context.getCatalogTable().getResolvedSchema();
    checkPrimaryKey(schema);
    ReadableConfig options = helper.getOptions();
    RowType rowType = (RowType) context.getPhysicalRowDataType().getLogicalType();
    ProximaSink.Builder builder =
        ProximaSink.builder()
            .collection(options.get(COLLECTION))
            .rowType(rowType)
            .bufferBytes(options.get(SINK_BUFFER_BYTES).getBytes());
    options.getOptional(WAREHOUSE).ifPresent(builder::warehouse);
    options.getOptional(SINK_UID).ifPresent(builder::sinkUid);
    addCatalogProperties(builder, context.getCatalogTable().getOptions());
    String name = context.getObjectIdentifier().asSummaryString();
    return new ProximaTableSink(
        build(name, builder), name, options.getOptional(FactoryUtil.SINK_PARALLELISM));
  }

  private static void checkPrimaryKey(ResolvedSchema schema) {
    Optional<List<String>> key = schema.getPrimaryKey().map(UniqueConstraint::getColumns);
    if (!key.equals(Optional.of(List.of(SystemColumns.ID)))) {
      throw new ValidationException(
          "Invalid primary key: "
              + key.map(Object::toString).orElse("none")
              + " (expected PRIMARY KEY ("
              + SystemColumns.ID
              + ") NOT ENFORCED: records are replaced and deleted by their id)");
    }
  }

  private static void addCatalogProperties(
      ProximaSink.Builder builder, Map<String, String> options) {
    options.forEach(
        (key, value) -> {
          if (key.startsWith(CATALOG_PREFIX)) {
            builder.catalogProperty(key.substring(CATALOG_PREFIX.length()), value);
          }
        });
  }

  private static ProximaSink build(String table, ProximaSink.Builder builder) {
    try {
      return builder.build();
    } catch (ProximaException e) {
      throw new ValidationException("Cannot write to table " + table + ": " + e.getMessage(), e);
    }
  }
}
