package io.proximadb.flink.source;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.query.ReadPoint;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/**
 * Reads a collection: the rows of one snapshot, or its changes without an end, each exactly once
 * across restarts.
 *
 * <pre>{@code
 * ProximaSource source = ProximaSource.builder()
 *     .warehouse("/data/warehouse")
 *     .collection("default.docs")
 *     .changes(true)
 *     .build();
 * env.fromSource(source, WatermarkStrategy.noWatermarks(), "docs");
 * }</pre>
 *
 * <p><b>Changes</b> begin with the rows of the newest snapshot, as {@code INSERT}, and go on commit
 * by commit: {@code INSERT}, {@code UPDATE_BEFORE} with {@code UPDATE_AFTER}, {@code DELETE}. A row
 * that expires is deleted by the commit that sweeps it; compactions change nothing. All changes of
 * an id come from one task, in their order.
 */
public final class ProximaSource
    implements Source<RowData, ProximaSplit, SourceProgress>, ResultTypeQueryable<RowData> {
  /** Most splits that changes may be parted into: each reads the ids of all changed rows. */
  public static final int MAX_PARTS = 1_024;

  private static final long serialVersionUID = 1;

  private final ReadPlan plan;
  private final RowType rowType;

  private ProximaSource(ReadPlan plan, RowType rowType) {
    this.plan = plan;
    this.rowType = rowType;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public Boundedness getBoundedness() {
    return plan.changes() ? Boundedness.CONTINUOUS_UNBOUNDED : Boundedness.BOUNDED;
  }

  @Override
  public SplitEnumerator<ProximaSplit, SourceProgress> createEnumerator(
      SplitEnumeratorContext<ProximaSplit> context) {
    return new ProximaEnumerator(context, plan, null);
  }

  @Override
  public SplitEnumerator<ProximaSplit, SourceProgress> restoreEnumerator(
      SplitEnumeratorContext<ProximaSplit> context, SourceProgress progress) {
    return new ProximaEnumerator(context, plan, progress);
  }

  @Override
  public SourceReader<RowData, ProximaSplit> createReader(SourceReaderContext context) {
    return new ProximaSourceReader(plan, context);
  }

  @Override
  public SimpleVersionedSerializer<ProximaSplit> getSplitSerializer() {
    return new SplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<SourceProgress> getEnumeratorCheckpointSerializer() {
    return new SourceProgress.Serializer();
  }

  @Override
  public TypeInformation<RowData> getProducedType() {
    return InternalTypeInfo.of(rowType);
  }

  /** Collects what a source needs; {@code collection} is required. */
  public static final class Builder {
    private final Map<String, String> warehouseProperties = new LinkedHashMap<>();
    private @Nullable String collection;
    private @Nullable RowType rowType;
    private List<String> metadata = List.of();
    private Filter filter = Filter.alwaysTrue();
    private long limit = ReadPlan.NO_LIMIT;
    private boolean changes;
    private @Nullable String version;
    private int parts;
    private Duration pollInterval = Duration.ofSeconds(1);

    private Builder() {}

    /** The warehouse folder; every task has to reach it. */
    public Builder warehouse(String folder) {
      return catalogProperty(Warehouse.WAREHOUSE, folder);
    }

    /** A property of the Iceberg catalog, see {@link Warehouse#open(Map)}. */
    public Builder catalogProperty(String key, String value) {
      warehouseProperties.put(key, value);
      return this;
    }

    /** Properties of the Iceberg catalog, see {@link Warehouse#open(Map)}. */
    public Builder catalogProperties(Map<String, String> properties) {
      warehouseProperties.putAll(properties);
      return this;
    }

    /** The collection, written {@code namespace.collection}. */
    public Builder collection(String name) {
      this.collection = name;
      return this;
    }

    /** Columns of the collection by their names; all of them unless told otherwise. */
    public Builder rowType(RowType type) {
      this.rowType = type;
      return this;
    }

    /** What rows have behind their columns, see {@link OutputColumns#readableMetadata()}. */
    public Builder metadata(List<String> names) {
      this.metadata = List.copyOf(names);
      return this;
    }

    /** Which rows; one that no longer passes comes as deleted. */
    public Builder filter(Filter condition) {
      this.filter = condition;
      return this;
    }

    /** Of a scan: most rows that a file need give. */
    public Builder limit(long rows) {
      this.limit = rows;
      return this;
    }

    /** True for changes without an end, false for a scan of one snapshot. */
    public Builder changes(boolean wanted) {
      this.changes = wanted;
      return this;
    }

    /**
     * A tag, the id of a snapshot or a commit's number: which snapshot a scan reads, the newest
     * unless told otherwise; or after which commit changes begin, {@code latest} for those from now
     * on.
     */
    public Builder version(@Nullable String name) {
      this.version = name;
      return this;
    }

    /** Into how many splits the ids of changes are parted, for good; 0 for the parallelism. */
    public Builder parts(int count) {
      this.parts = count;
      return this;
    }

    /** How often the table is asked for new commits. */
    public Builder pollInterval(Duration interval) {
      this.pollInterval = interval;
      return this;
    }

    /**
     * Looks the collection up, checks columns and filter against it and makes the source.
     *
     * @throws InvalidArgumentException if something is missing or does not fit
     * @throws io.proximadb.error.NotFoundException if there is no such collection or version
     */
    public ProximaSource build() {
      if (collection == null) {
        throw new InvalidArgumentException("Invalid source: no collection was given");
      }
      if (parts < 0 || parts > MAX_PARTS) {
        throw new InvalidArgumentException(
            "Invalid number of parts: " + parts + " (expected 0 to " + MAX_PARTS + ")");
      }
      if (pollInterval.toMillis() < 1) {
        throw new InvalidArgumentException(
            "Invalid poll interval: " + pollInterval + " (expected at least 1 ms)");
      }
      CollectionName name = CollectionName.parse(collection);
      try (Warehouse warehouse = Warehouse.open(warehouseProperties)) {
        CollectionTable table = warehouse.load(name);
        ReadPoint point =
            version == null || changes
                ? ReadPoint.current(table)
                : ReadPoint.version(table, version);
        RowType type = rowType == null ? FlinkTypes.rowType(point.schema()) : rowType;
        BoundFilter.bind(filter, point.schema());
        ReadPlan plan =
            new ReadPlan(
                warehouseProperties,
                name,
                OutputColumns.of(type, metadata, point.schema()),
                filter,
                limit,
                changes,
                version,
                parts,
                pollInterval.toMillis());
        return new ProximaSource(plan, withMetadata(type));
      }
    }

    private RowType withMetadata(RowType type) {
      if (metadata.isEmpty()) {
        return type;
      }
      List<LogicalType> types = new java.util.ArrayList<>(type.getChildren());
      List<String> names = new java.util.ArrayList<>(type.getFieldNames());
      for (String each : metadata) {
        types.add(
            FlinkTypes.toFlink(
                java.util.Objects.requireNonNull(OutputColumns.readableMetadata().get(each))));
        names.add(each);
      }
      return RowType.of(types.toArray(LogicalType[]::new), names.toArray(String[]::new));
    }
  }
}
