package io.proximadb.flink;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.storage.TableContext;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessageTypeInfo;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreCommitTopology;
import org.apache.flink.streaming.api.connector.sink2.SupportsPreWriteTopology;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.RowType;
import org.jspecify.annotations.Nullable;

/**
 * Writes a changelog into a collection, exactly once: a checkpoint is one Iceberg commit, whatever
 * the parallelism, and a checkpoint without changes is none.
 *
 * <pre>{@code
 * ProximaSink sink = ProximaSink.builder()
 *     .warehouse("/data/warehouse")
 *     .collection("default.docs")
 *     .rowType(rowType)
 *     .build();
 * changes.sinkTo(sink).uid("docs");
 * }</pre>
 *
 * <p><b>Rows.</b> Columns are matched by name: {@code id} ({@code STRING}), each vector field
 * ({@code ARRAY<FLOAT>}), metadata columns, {@code expires_at} ({@code TIMESTAMP_LTZ}). {@code
 * INSERT} and {@code UPDATE_AFTER} write the whole row, replacing one of the same id: a column that
 * the row type lacks becomes null. {@code DELETE} needs the id only. {@code UPDATE_BEFORE} deletes
 * its id; the {@code UPDATE_AFTER} that follows puts it back, so that an update in place is one
 * write, and one that changes the id leaves no row behind. Both must come between the same two
 * barriers, as every Flink operator emits them.
 *
 * <p><b>Order.</b> Changes of an id take effect in the order in which the sink gets them; a stream
 * that is parallel before the sink has to be partitioned by id.
 *
 * <p><b>Failure.</b> A row that breaks a rule fails the job with a message that names it, before
 * anything of its checkpoint is visible.
 *
 * <p>In a job without checkpoints, a batch job for instance, the end of the input commits; if such
 * a job fails after its commit and is run again, it writes the same rows once more.
 */
public final class ProximaSink
    implements Sink<RowData>,
        SupportsWriterState<RowData, Long>,
        SupportsPreWriteTopology<RowData>,
        SupportsPreCommitTopology<WriterResult, CheckpointCommittable>,
        SupportsCommitter<CheckpointCommittable> {
  private static final long serialVersionUID = 1;

  /**
   * How much a writer keeps in memory unless told otherwise, in bytes: a segment of this size is
   * worth its file, and a task with a few writers still fits a small heap.
   */
  public static final long DEFAULT_BUFFER_BYTES = 64L << 20;

  /** The smallest buffer, in bytes; below, files would hold a handful of rows each. */
  public static final long MIN_BUFFER_BYTES = 1L << 10;

  private static final String AGGREGATOR_NAME = "ProximaDB checkpoint aggregator";

  private final Map<String, String> warehouseProperties;
  private final CollectionName collection;
  private final TableContext table;
  private final RowDataConverter converter;
  private final long bufferBytes;
  private final @Nullable String sinkUid;

  private ProximaSink(
      Builder builder, CollectionName collection, TableContext table, RowDataConverter converter) {
    this.warehouseProperties = Map.copyOf(builder.warehouseProperties);
    this.collection = collection;
    this.table = table;
    this.converter = converter;
    this.bufferBytes = builder.bufferBytes;
    this.sinkUid = builder.sinkUid;
  }

  public static Builder builder() {
    return new Builder();
  }

  @Override
  public DataStream<RowData> addPreWriteTopology(DataStream<RowData> input) {
    RowDataConverter ids = converter;
    return input.partitionCustom(new IdPartitioner(), ids::id);
  }

  @Override
  public SinkWriter<RowData> createWriter(WriterInitContext context) {
    return restoreWriter(context, List.of());
  }

  @Override
  public StatefulSinkWriter<RowData, Long> restoreWriter(
      WriterInitContext context, Collection<Long> checkpointIds) {
    long restored = context.getRestoredCheckpointId().orElse(WriterResult.NOT_RESTORED);
    for (long checkpointId : checkpointIds) {
      restored = Math.max(restored, checkpointId);
    }
    return new ProximaSinkWriter(
        table,
        converter,
        bufferBytes,
        restored,
        Clock.system(),
        context.metricGroup().getNumRecordsSendCounter());
  }

  @Override
  public SimpleVersionedSerializer<Long> getWriterStateSerializer() {
    return new WriterStateSerializer();
  }

  @Override
  public DataStream<CommittableMessage<CheckpointCommittable>> addPreCommitTopology(
      DataStream<CommittableMessage<WriterResult>> results) {
    return results
        .global()
        .transform(
            AGGREGATOR_NAME,
            CommittableMessageTypeInfo.of(this::getCommittableSerializer),
            new CheckpointAggregator(warehouseProperties, collection, table.tableUuid(), sinkUid))
        .setParallelism(1)
        .setMaxParallelism(1)
        // One committer gets everything, however many there are: commits keep their order.
        .global();
  }

  @Override
  public SimpleVersionedSerializer<WriterResult> getWriteResultSerializer() {
    return new WriterResultSerializer();
  }

  @Override
  public Committer<CheckpointCommittable> createCommitter(CommitterInitContext context) {
    return new CheckpointCommitter(warehouseProperties, collection);
  }

  @Override
  public SimpleVersionedSerializer<CheckpointCommittable> getCommittableSerializer() {
    return new CheckpointCommittableSerializer();
  }

  /** Collects what a sink needs; {@code collection} and {@code rowType} are required. */
  public static final class Builder {
    private final Map<String, String> warehouseProperties = new LinkedHashMap<>();
    private @Nullable String collection;
    private @Nullable RowType rowType;
    private long bufferBytes = DEFAULT_BUFFER_BYTES;
    private @Nullable String sinkUid;

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

    /** The collection, written {@code namespace.collection}; it must exist. */
    public Builder collection(String name) {
      this.collection = name;
      return this;
    }

    /** The type of the rows that the sink gets. */
    public Builder rowType(RowType type) {
      this.rowType = type;
      return this;
    }

    /**
     * How much each writer keeps in memory, in bytes, before it writes a segment without waiting
     * for a checkpoint; {@link #DEFAULT_BUFFER_BYTES} unless told otherwise.
     */
    public Builder bufferBytes(long bytes) {
      this.bufferBytes = bytes;
      return this;
    }

    /**
     * The sink's name in the table property that holds its position. Needed only where one job has
     * several sinks for the same collection and Flink's operator ids may change between attempts;
     * Flink's own id of the operator unless told otherwise.
     */
    public Builder sinkUid(String uid) {
      this.sinkUid = uid;
      return this;
    }

    /**
     * Looks the collection up, checks the row type against it and makes the sink.
     *
     * @throws InvalidArgumentException if something is missing or does not fit
     * @throws io.proximadb.error.NotFoundException if there is no such collection
     */
    public ProximaSink build() {
      CollectionName name = CollectionName.parse(required("collection", collection));
      RowType type = required("row type", rowType);
      if (bufferBytes < MIN_BUFFER_BYTES) {
        throw new InvalidArgumentException(
            "Invalid buffer size: "
                + bufferBytes
                + " bytes (expected at least "
                + MIN_BUFFER_BYTES
                + ")");
      }
      if (sinkUid != null && sinkUid.isBlank()) {
        throw new InvalidArgumentException("Invalid sink uid: '' (expected non-empty text)");
      }
      try (Warehouse warehouse = Warehouse.open(warehouseProperties)) {
        CollectionTable table = warehouse.load(name);
        table.checkWritable("write to");
        RowDataConverter converter = RowDataConverter.of(type, table.schema());
        return new ProximaSink(this, name, table.context(), converter);
      }
    }

    private static <T> T required(String what, @Nullable T value) {
      if (value == null) {
        throw new InvalidArgumentException("Invalid sink: no " + what + " was given");
      }
      return value;
    }
  }
}
