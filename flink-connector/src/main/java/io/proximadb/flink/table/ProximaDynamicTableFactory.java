package io.proximadb.flink.table;

import static io.proximadb.flink.table.ProximaConnectorOptions.CATALOG_PREFIX;
import static io.proximadb.flink.table.ProximaConnectorOptions.COLLECTION;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_MODE;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_PARTS;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_POLL_INTERVAL;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_START_AFTER;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_VERSION;
import static io.proximadb.flink.table.ProximaConnectorOptions.SINK_BUFFER_BYTES;
import static io.proximadb.flink.table.ProximaConnectorOptions.SINK_UID;
import static io.proximadb.flink.table.ProximaConnectorOptions.WAREHOUSE;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.ProximaException;
import io.proximadb.flink.ProximaSink;
import io.proximadb.model.CollectionName;
import io.proximadb.model.SystemColumns;
import io.proximadb.query.ReadPoint;
import java.util.LinkedHashMap;
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
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.lookup.LookupOptions;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;

/**
 * Makes source and sink behind a table of Flink SQL:
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
public final class ProximaDynamicTableFactory
    implements DynamicTableSourceFactory, DynamicTableSinkFactory {
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
    return Set.of(
        WAREHOUSE,
        SINK_BUFFER_BYTES,
        SINK_UID,
        FactoryUtil.SINK_PARALLELISM,
        FactoryUtil.SOURCE_PARALLELISM,
        SCAN_MODE,
        SCAN_VERSION,
        SCAN_START_AFTER,
        SCAN_PARTS,
        SCAN_POLL_INTERVAL,
        ProximaConnectorOptions.REFRESH_INTERVAL,
        ProximaConnectorOptions.SEARCH_MODE,
        ProximaConnectorOptions.LOOKUP_ASYNC,
        LookupOptions.CACHE_TYPE,
        LookupOptions.PARTIAL_CACHE_EXPIRE_AFTER_ACCESS,
        LookupOptions.PARTIAL_CACHE_EXPIRE_AFTER_WRITE,
        LookupOptions.PARTIAL_CACHE_CACHE_MISSING_KEY,
        LookupOptions.PARTIAL_CACHE_MAX_ROWS);
  }

  @Override
  public DynamicTableSource createDynamicTableSource(Context context) {
    FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
    helper.validateExcept(CATALOG_PREFIX);
    String name = context.getObjectIdentifier().asSummaryString();
    ReadableConfig options = helper.getOptions();
    Map<String, String> warehouse =
        warehouseProperties(options, context.getCatalogTable().getOptions());
    ReadSettings settings = ReadSettings.of(name, warehouse, options, context.getConfiguration());
    RowType rowType = (RowType) context.getPhysicalRowDataType().getLogicalType();
    try (Warehouse open = Warehouse.open(warehouse)) {
      CollectionTable table = open.load(CollectionName.parse(settings.collection()));
      ReadPoint point =
          settings.changes() || settings.version() == null
              ? ReadPoint.current(table)
              : ReadPoint.version(table, settings.version());
      return new ProximaTableSource(name, settings, point.schema(), rowType);
    } catch (ProximaException e) {
      throw new ValidationException("Cannot read table " + name + ": " + e.getMessage(), e);
    }
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
    builder.catalogProperties(warehouseProperties(options, context.getCatalogTable().getOptions()));
    options.getOptional(SINK_UID).ifPresent(builder::sinkUid);
    String name = context.getObjectIdentifier().asSummaryString();
    Map<String, String> warehouse =
        warehouseProperties(options, context.getCatalogTable().getOptions());
    CollectionName collection = CollectionName.parse(options.get(COLLECTION));
    ProximaSink sink = build(name, builder);
    try (Warehouse open = Warehouse.open(warehouse)) {
      return new ProximaTableSink(
          sink,
          new ProximaTableSink.Target(
              name, warehouse, collection, open.load(collection).schema(), rowType),
          options.getOptional(FactoryUtil.SINK_PARALLELISM));
    }
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

  private static Map<String, String> warehouseProperties(
      ReadableConfig options, Map<String, String> all) {
    Map<String, String> properties = new LinkedHashMap<>();
    options.getOptional(WAREHOUSE).ifPresent(folder -> properties.put(Warehouse.WAREHOUSE, folder));
    all.forEach(
        (key, value) -> {
          if (key.startsWith(CATALOG_PREFIX)) {
            properties.put(key.substring(CATALOG_PREFIX.length()), value);
          }
        });
    return properties;
  }

  private static ProximaSink build(String table, ProximaSink.Builder builder) {
    try {
      return builder.build();
    } catch (ProximaException e) {
      throw new ValidationException("Cannot write to table " + table + ": " + e.getMessage(), e);
    }
  }
}
