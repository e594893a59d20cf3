package io.proximadb.flink.table;

import io.proximadb.error.ProximaException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.flink.search.CollectionLookup;
import io.proximadb.flink.search.CollectionSearch;
import io.proximadb.flink.search.SearchOptions;
import io.proximadb.flink.search.TableAccess;
import io.proximadb.flink.source.FlinkTypes;
import io.proximadb.flink.source.OutputColumns;
import io.proximadb.flink.source.ProximaSource;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.VectorSearchTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsFilterPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsLimitPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsReadingMetadata;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.utils.TypeConversions;

/**
 * A collection as the planner reads it. What it takes over of a query holds for whatever it is used
 * for: scan, lookup or search.
 */
final class ProximaTableSource
    implements ScanTableSource,
        LookupTableSource,
        VectorSearchTableSource,
        SupportsFilterPushDown,
        SupportsProjectionPushDown,
        SupportsLimitPushDown,
        SupportsReadingMetadata,
        SupportsWatermarkPushDown {
  private static final String UID = "proximadb-source";

  private final String tableName;
  private final ReadSettings settings;
  private final CollectionSchema schema;
  private RowType columns;
  private List<String> metadata = List.of();
  private Filter filter = Filter.alwaysTrue();
  private long limit = Long.MAX_VALUE;
  private WatermarkStrategy<RowData> watermarks = WatermarkStrategy.noWatermarks();

  ProximaTableSource(
      String tableName, ReadSettings settings, CollectionSchema schema, RowType columns) {
    this.tableName = tableName;
    this.settings = settings;
    this.schema = schema;
    this.columns = columns;
  }

  @Override
  public ChangelogMode getChangelogMode() {
    return settings.changes() ? ChangelogMode.all() : ChangelogMode.insertOnly();
  }

  @Override
  public Result applyFilters(List<ResolvedExpression> conditions) {
    FilterConverter converter = new FilterConverter(schema);
    List<Filter> filters = new ArrayList<>();
    List<ResolvedExpression> accepted = new ArrayList<>();
    List<ResolvedExpression> rest = new ArrayList<>();
    int size = 1;
    for (ResolvedExpression condition : conditions) {
      Optional<Filter> converted = converter.convert(condition);
      int more = converted.map(FilterConverter::size).orElse(0);
      if (converted.isPresent() && size + more <= Filter.MAX_SIZE) {
        filters.add(converted.get());
        accepted.add(condition);
        size += more;
      } else {
        rest.add(condition);
      }
    }
    filter = filters.isEmpty() ? Filter.alwaysTrue() : new Filter.And(filters);
    return Result.of(accepted, rest);
  }

  @Override
  public boolean supportsNestedProjection() {
    return false;
  }

  @Override
  public void applyProjection(int[][] projected, DataType produced) {
    List<RowType.RowField> fields = new ArrayList<>();
    for (int[] path : projected) {
      fields.add(columns.getFields().get(path[0]));
    }
    columns = new RowType(false, fields);
  }

  /** Of a stream of changes every row is wanted, whatever the limit: later ones replace it. */
  @Override
  public void applyLimit(long rows) {
    limit = rows;
  }

  @Override
  public Map<String, DataType> listReadableMetadata() {
    Map<String, DataType> types = new LinkedHashMap<>();
    OutputColumns.readableMetadata()
        .forEach(
            (name, type) ->
                types.put(
                    name,
                    TypeConversions.fromLogicalToDataType(FlinkTypes.toFlink(type)).notNull()));
    return types;
  }

  @Override
  public void applyReadableMetadata(List<String> keys, DataType produced) {
    metadata = List.copyOf(keys);
  }

  @Override
  public void applyWatermark(WatermarkStrategy<RowData> strategy) {
    watermarks = strategy;
  }

  @Override
  public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
    ProximaSource source = source();
    WatermarkStrategy<RowData> strategy = watermarks;
    return new DataStreamScanProvider() {
      @Override
      public DataStream<RowData> produceDataStream(
          ProviderContext provider, StreamExecutionEnvironment env) {
        DataStreamSource<RowData> stream =
            env.fromSource(source, strategy, "ProximaDB(" + tableName + ")");
        provider.generateUid(UID).ifPresent(stream::uid);
        return stream;
      }

      @Override
      public boolean isBounded() {
        return !settings.changes();
      }

      @Override
      public Optional<Integer> getParallelism() {
        return settings.parallelism();
      }
    };
  }

  @Override
  public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
    int[] keys = new int[context.getKeys().length];
    int idKey = -1;
    for (int i = 0; i < keys.length; i++) {
      keys[i] = context.getKeys()[i][0];
      RowType.RowField field = columns.getFields().get(keys[i]);
      if (field.getName().equals(SystemColumns.ID)) {
        idKey = i;
      } else if (!CollectionLookup.isComparable(field.getType())) {
        throw new ValidationException(
            "Cannot look up rows of table "
                + tableName
                + " by column '"
                + field.getName()
                + "' of type "
                + field.getType().asSummaryString()
                + " (expected id, and beside it STRING, BOOLEAN or numbers)");
      }
    }
    if (idKey < 0) {
      throw new ValidationException(
          "Cannot look up rows of table "
              + tableName
              + " without their id (expected a condition on column "
              + SystemColumns.ID
              + ")");
    }
    return settings.lookup().provider(new CollectionLookup(access(), keys, idKey));
  }

  @Override
  public VectorSearchRuntimeProvider getSearchRuntimeProvider(VectorSearchContext context) {
    String field = columns.getFieldNames().get(context.getSearchColumns()[0][0]);
    if (schema.vectorField(field).isEmpty()) {
      throw new ValidationException(
          "Cannot search table "
              + tableName
              + " by column '"
              + field
              + "' (expected one of "
              + schema.vectorFields().stream().map(VectorField::name).toList()
              + ")");
    }
    try {
      SearchOptions options = SearchOptions.parse(context.runtimeConfig().toMap());
      BoundFilter.bind(options.filter(), schema);
      return new CollectionSearch(access(), field, options);
    } catch (ProximaException e) {
      throw new ValidationException("Cannot search table " + tableName + ": " + e.getMessage(), e);
    }
  }

  private TableAccess access() {
    try {
      return new TableAccess(
          settings.warehouseProperties(),
          CollectionName.parse(settings.collection()),
          settings.changes() ? null : settings.version(),
          settings.refreshInterval().toMillis(),
          OutputColumns.of(columns, metadata, schema),
          filter);
    } catch (ProximaException e) {
      throw new ValidationException("Cannot read table " + tableName + ": " + e.getMessage(), e);
    }
  }

  private ProximaSource source() {
    try {
      return ProximaSource.builder()
          .catalogProperties(settings.warehouseProperties())
          .collection(settings.collection())
          .rowType(columns)
          .metadata(metadata)
          .filter(filter)
          .limit(settings.changes() ? Long.MAX_VALUE : limit)
          .changes(settings.changes())
          .version(settings.version())
          .parts(settings.parts())
          .pollInterval(settings.pollInterval())
          .build();
    } catch (ProximaException e) {
      throw new ValidationException("Cannot read table " + tableName + ": " + e.getMessage(), e);
    }
  }

  @Override
  public DynamicTableSource copy() {
    ProximaTableSource copy = new ProximaTableSource(tableName, settings, schema, columns);
    copy.metadata = metadata;
    copy.filter = filter;
    copy.limit = limit;
    copy.watermarks = watermarks;
    return copy;
  }

  @Override
  public String asSummaryString() {
    return "ProximaDB(" + tableName + ")";
  }
}
