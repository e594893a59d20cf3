package io.proximadb.flink.source;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.maintenance.Compaction;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.TtlSweep;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.Collector;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * After random writes, deletions, expiries, sweeps and compactions, and through failures,
 * savepoints and changes of the parallelism, the changes of a collection make the collection: every
 * update and deletion tells the row as it was, and no row comes twice.
 */
class SourceHistoryTest {
  private static final CollectionName NAME = CollectionName.parse("default.docs");
  private static final int STEPS = Integer.getInteger("proximadb.flink.history-steps", 24);
  private static final int IDS = 30;
  private static final long PATIENCE_MS = 60_000;

  /** What the job has made of the changes, and what was wrong with them. */
  private static final Map<String, String> ROWS = new ConcurrentHashMap<>();

  private static final ConcurrentLinkedQueue<String> WRONG = new ConcurrentLinkedQueue<>();
  private static final AtomicInteger CHANGES_TO_FAILURE = new AtomicInteger(Integer.MAX_VALUE);
  private static final Map<RowKind, AtomicInteger> KINDS = new ConcurrentHashMap<>();

  @TempDir Path warehouse;
  private Instant lastExpiry = Instant.EPOCH;
  @TempDir Path savepoints;

  /** Applies the changes of an id to what it was. */
  private static final class Apply extends KeyedProcessFunction<String, RowData, Long> {
    private static final long serialVersionUID = 1;
    private transient ValueState<String> row;

    @Override
    public void open(OpenContext context) {
      row = getRuntimeContext().getState(new ValueStateDescriptor<>("row", Types.STRING));
    }

    @Override
    public void processElement(RowData change, Context context, Collector<Long> out)
        throws Exception {
      if (CHANGES_TO_FAILURE.decrementAndGet() == 0) {
        throw new IllegalStateException("Injected failure");
      }
      KINDS.computeIfAbsent(change.getRowKind(), kind -> new AtomicInteger()).incrementAndGet();
      String id = context.getCurrentKey();
      String before = row.value();
      String text = text(change);
      switch (change.getRowKind()) {
        case INSERT -> check(change, before, null);
        case UPDATE_AFTER -> check(change, before, "");
        case UPDATE_BEFORE, DELETE -> check(change, before, text);
      }
      if (change.getRowKind() == RowKind.DELETE) {
        row.clear();
        ROWS.remove(id);
      } else {
        // An update leaves a mark between its halves.
        row.update(change.getRowKind() == RowKind.UPDATE_BEFORE ? "" : text);
        ROWS.put(id, text);
      }
    }

    private static void check(RowData change, @Nullable String before, @Nullable String expected) {
      if (expected == null ? before != null : !expected.equals(before)) {
        WRONG.add(change + " came when the row was " + before);
      }
    }

    private static String text(RowData row) {
      return row.getInt(1) + " " + row.getArray(2).getFloat(0);
    }
  }

  private static VectorRecord record(int id, int value) {
    return VectorRecord.of("id-" + id, new float[] {value, 1}, Map.of("value", value));
  }

  private void step(Collection docs, CollectionTable table, Random random, int step)
      throws Exception {
    int at = random.nextInt(IDS);
    MaintenanceScope scope = new MaintenanceScope(table, Clock.system(), FailPoints.NONE);
    switch (random.nextInt(7)) {
      case 0 -> docs.delete(IntStream.range(at, at + 8).mapToObj(id -> "id-" + id).toList());
      case 1 -> {
        table.refresh();
        new Compaction().run(scope);
      }
      case 2 -> {
        Awaitility.await().until(() -> Instant.now().isAfter(lastExpiry));
        table.refresh();
        new TtlSweep().run(scope);
      }
      case 3 -> {
        lastExpiry = Instant.now().plusMillis(50);
        docs.upsert(
            List.of(
                record(at, step).expiringAt(lastExpiry),
                record(at + 1, step).expiringAt(lastExpiry)));
      }
      default ->
          docs.upsert(
              IntStream.range(at, at + 10).mapToObj(id -> record(id, step * 100 + id)).toList());
    }
    docs.flush();
  }

  private Map<String, String> table(CollectionTable table) throws Exception {
    table.refresh();
    Map<String, String> rows = new TreeMap<>();
    try (CloseableIterable<Record> records = IcebergGenerics.read(table.table()).build()) {
      for (Record record : records) {
        String value =
            record.getField("value") + " " + ((List<?>) record.getField("vector")).get(0);
        assertThat(rows.put((String) record.getField("id"), value)).isNull();
      }
    }
    return rows;
  }

  private JobClient start(int parallelism, @Nullable String savepoint) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 10);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
    if (savepoint != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    }
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
    env.enableCheckpointing(50);
    ProximaSource source =
        ProximaSource.builder()
            .warehouse(warehouse.toString())
            .collection(NAME.toString())
            .rowType(
                new org.apache.flink.table.types.logical.RowType(
                    List.of("id", "value", "vector").stream()
                        .map(
                            name ->
                                FlinkTypes.rowType(SCHEMA).getFields().stream()
                                    .filter(field -> field.getName().equals(name))
                                    .findFirst()
                                    .orElseThrow())
                        .toList()))
            .changes(true)
            .pollInterval(Duration.ofMillis(20))
            .build();
    env.fromSource(source, WatermarkStrategy.noWatermarks(), "docs")
        .uid("docs")
        .keyBy(row -> row.getString(0).toString(), Types.STRING)
        .process(new Apply())
        .returns(Types.LONG)
        .uid("apply")
        .sinkTo(new DiscardingSink<>())
        .uid("end");
    return env.executeAsync("history");
  }

  private static final CollectionSchema SCHEMA =
      CollectionSchema.builder()
          .vector(2, Metric.EUCLIDEAN)
          .metadata("value", FieldType.Scalar.INT)
          .build();

  private static void await(JobClient job, Map<String, String> expected, long seed) {
    Awaitility.await()
        .atMost(Duration.ofMillis(PATIENCE_MS))
        .pollInterval(Duration.ofMillis(10))
        .until(
            () ->
                ROWS.equals(expected)
                    || !WRONG.isEmpty()
                    || job.getJobStatus().get() == JobStatus.FAILED);
    assertThat(new ArrayList<>(WRONG)).as("seed %d", seed).isEmpty();
    assertThat(new TreeMap<>(ROWS)).as("seed %d", seed).isEqualTo(expected);
  }

  @Test
  void changesMakeTheTable() throws Exception {
    long seed = Long.getLong("proximadb.test.seed", System.nanoTime() & 0xffff_ffffL);
    System.out.println("changesMakeTheTable: -Dproximadb.test.seed=" + seed);
    Random random = new Random(seed);
    ROWS.clear();
    WRONG.clear();
    KINDS.clear();
    EngineOptions options =
        EngineOptions.local(warehouse).withCatalogProperty(MaintenanceOptions.THREADS, "0");
    try (ProximaEngine engine = ProximaEngine.open(options);
        Warehouse opened = Warehouse.open(Map.of(Warehouse.WAREHOUSE, warehouse.toString()))) {
      Collection docs = engine.createCollection(NAME, SCHEMA);
      CollectionTable table = opened.load(NAME);
      docs.upsert(IntStream.range(0, IDS).mapToObj(id -> record(id, id)).toList());
      docs.flush();
      JobClient job = start(2, null);
      for (int step = 1; step <= STEPS; step++) {
        if (random.nextInt(6) == 0) {
          CHANGES_TO_FAILURE.set(1 + random.nextInt(12));
        }
        step(docs, table, random, step);
        if (step % 8 == 0) {
          if (random.nextBoolean()) {
            await(job, table(table), seed);
          }
          CHANGES_TO_FAILURE.set(Integer.MAX_VALUE);
          String savepoint = stop(job);
          job = start(1 + step / 8 % 3, savepoint);
        }
      }
      await(job, table(table), seed);
      job.cancel().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }
    assertThat(KINDS.keySet()).as("seed %d", seed).contains(RowKind.INSERT, RowKind.UPDATE_AFTER);
  }

  /** A failure may come between; then the job takes the savepoint when it runs again. */
  private String stop(JobClient job) {
    return Awaitility.await()
        .atMost(Duration.ofMillis(PATIENCE_MS))
        .ignoreExceptionsInstanceOf(ExecutionException.class)
        .until(
            () ->
                job.stopWithSavepoint(
                        false, savepoints.toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(PATIENCE_MS, TimeUnit.MILLISECONDS),
            savepoint -> savepoint != null);
  }
}
