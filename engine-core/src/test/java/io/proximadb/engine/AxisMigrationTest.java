package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisPlan;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.axis.AxisOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexFiles;
import io.proximadb.index.IndexTypes;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.DirectRows;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.VectorsOnly;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fields that move from one way of being searched to another, while they are searched. */
class AxisMigrationTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 12;
  private static final int ROWS = 4_400;
  private static final int K = 10;
  private static final String FIELD = "vector";

  /** Between two searches or writes of a thread, so that others have a turn on two cores. */
  private static final long PAUSE_NANOS = 1_000_000;

  /** More than what any phase waits for searches. */
  private static final long WAIT_MICROS = Duration.ofMinutes(11).toNanos() / 1_000;

  /** Some day; time passes with each look at the clock, and where the test says so. */
  private static final long START_MICROS = 1_800_000_000_000_000L;

  @TempDir Path folder;

  private final Random random = Seed.random("AxisMigrationTest");
  private final AtomicLong later = new AtomicLong();
  private ProximaEngine engine;
  private Collection docs;

  private EngineOptions options() {
    return Engines.quiet(folder)
        .withClock(Clock.of(() -> START_MICROS + later.incrementAndGet()))
        .withCatalogProperty(AxisOptions.CHECK_SHARE, Double.toString(AxisOptions.MAX_CHECK_SHARE));
  }

  @BeforeEach
  void fill() {
    engine = ProximaEngine.open(options());
    docs =
        engine.createCollection(
            DOCS, CollectionSchema.builder().vector(DIMENSION, Metric.EUCLIDEAN).build());
    List<VectorRecord> records = new ArrayList<>();
    for (int id = 0; id < ROWS; id++) {
      records.add(VectorRecord.of("r" + id, vector(random), Map.of()));
    }
    docs.upsert(records);
    docs.optimize();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void reopen(EngineOptions options) {
    engine.close();
    engine = ProximaEngine.open(options);
    docs = engine.collection(DOCS);
  }

  private static float[] vector(Random from) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) from.nextGaussian();
    }
    return vector;
  }

  private AxisField field() {
    return docs.axis().fields().stream()
        .filter(field -> field.field().equals(FIELD))
        .findFirst()
        .orElseThrow();
  }

  private String phase() {
    return docs.axis().fields().stream()
        .map(AxisField::migration)
        .filter(Objects::nonNull)
        .map(migration -> migration.phase() + migration.percent())
        .findFirst()
        .orElse("");
  }

  private AxisDecision last() {
    List<AxisDecision> history = docs.axis().history();
    return history.get(history.size() - 1);
  }

  private void searchOnce() {
    assertThat(docs.search(SearchRequest.of(vector(random), K)).hits()).hasSize(K);
  }

  /** Searches and takes steps until a condition holds, whoever searches besides. */
  private void stepUntil(Callable<Boolean> done) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              for (int i = 0; i < K; i++) {
                searchOnce();
              }
              if (phase().startsWith("BUILD")) {
                docs.optimize();
              }
              docs.axisControl().step();
              return done.call();
            });
  }

  /** Gets there with nobody searching: time passes instead. */
  private void stepTo(String strategy) {
    for (int i = 0; i < 20; i++) {
      later.addAndGet(WAIT_MICROS);
      docs.optimize();
      docs.axisControl().step();
      if (!docs.axis().fields().isEmpty() && field().strategy().equals(strategy)) {
        return;
      }
    }
    throw new AssertionError(
        "Not at " + strategy + ": " + field().migration() + docs.axis().history());
  }

  @Test
  void whileItIsSearchedAndWrittenToNoAnswerIsShortStaleOrFails() throws InterruptedException {
    AtomicBoolean stop = new AtomicBoolean();
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    AtomicInteger searches = new AtomicInteger();
    Random queries = new Random(random.nextLong());
    Random writes = new Random(random.nextLong());
    Collection shared = docs;
    Thread searcher =
        new Thread(
            () -> {
              while (!stop.get() && failures.isEmpty()) {
                try {
                  SearchResponse answer = shared.search(SearchRequest.of(vector(queries), K));
                  assertThat(answer.hits()).hasSize(K);
                  searches.incrementAndGet();
                  LockSupport.parkNanos(PAUSE_NANOS);
                } catch (RuntimeException | AssertionError e) {
                  failures.add(e);
                }
              }
            });
    Thread writer =
        new Thread(
            () -> {
              for (int i = 0; !stop.get() && failures.isEmpty(); i++) {
                try {
                  float[] written = vector(writes);
                  String id = "r" + i % ROWS;
                  shared.upsert(List.of(VectorRecord.of(id, written, Map.of())));
                  // The writer alone changes it, so the newest vector is the one that is found.
                  SearchHit nearest =
                      shared.search(SearchRequest.of(written, 1).exactly()).hits().get(0);
                  assertThat(nearest.id()).isEqualTo(id);
                  LockSupport.parkNanos(PAUSE_NANOS);
                } catch (RuntimeException | AssertionError e) {
                  failures.add(e);
                }
              }
            });
    searcher.start();
    writer.start();
    try {
      for (String to : List.of("flat", "hnsw", "hnsw-bits", "ivf")) {
        docs.axisControl().override(FIELD, to);
        stepUntil(
            () -> {
              assertThat(failures).isEmpty();
              if (last().outcome().equals(AxisDecision.ROLLED_BACK)
                  && !field().strategy().equals(to)
                  && field().migration() == null) {
                // On a machine that does other things, too, one may have been slow for a while.
                assertThat(last().reason()).contains("µs");
                docs.axisControl().override(FIELD, to);
              }
              return field().strategy().equals(to);
            });
        assertThat(docs.indexes()).hasSize(1);
      }
    } finally {
      stop.set(true);
      searcher.join();
      writer.join();
    }
    assertThat(failures).isEmpty();
    assertThat(searches).hasPositiveValue();
    assertThat(docs.describe().properties().keySet())
        .noneMatch(key -> key.startsWith("proximadb.axis.traffic."));
  }

  @Test
  void aFailureAtAnyStepOrARestartLosesNothing() {
    AtomicInteger reached = new AtomicInteger();
    AtomicInteger failAt = new AtomicInteger(Integer.MAX_VALUE);
    EngineOptions failing =
        options()
            .withFailPoints(
                step -> {
                  if ((step.startsWith("axis.") || step.startsWith("index."))
                      && reached.incrementAndGet() == failAt.get()) {
                    throw new UnavailableException("The test fails at " + step);
                  }
                });
    reopen(failing);
    boolean failed = true;
    int failures = 0;
    while (failed) {
      // About each third step, another third each time.
      failures += 1 + random.nextInt(5);
      failed = false;
      for (String to : List.of("hnsw", "exact")) {
        reached.set(0);
        failAt.set(failures);
        try {
          docs.axisControl().override(FIELD, to);
          stepTo(to);
        } catch (UnavailableException e) {
          assertThat(e).hasMessageContaining("The test fails at");
          failed = true;
        }
        failAt.set(Integer.MAX_VALUE);
        searchOnce();
        reopen(failing);
        searchOnce();
        stepTo(to);
        assertThat(docs.indexes()).hasSize(to.equals("exact") ? 0 : 1);
        assertThat(docs.indexes()).allMatch(index -> index.isComplete());
        searchOnce();
      }
    }
    assertThat(failures).as("until none is left").isGreaterThan(20);
  }

  /** Puts in the place of an index one that was built of the rows in another order. */
  private void makeWrong(String index) {
    engine.close();
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      for (LiveFile file : table.liveFiles()) {
        float[] other = new float[(int) file.dataFile().recordCount() * DIMENSION];
        for (int i = 0; i < other.length; i++) {
          other[i] = (float) random.nextGaussian();
        }
        IndexDefinition definition = IndexDefinition.of(index, "hnsw", FIELD);
        SegmentIndex wrong =
            IndexTypes.named("hnsw")
                .build(
                    new VectorsOnly(new DirectRows(other, DIMENSION)),
                    definition,
                    table.schema(),
                    IndexBuild.inCaller());
        IndexFiles.write(table.context(), file.location(), definition, wrong);
      }
    }
    reopen(options());
  }

  @Test
  void anIndexThatPromisesWhatItDoesNotFindIsRolledBack() {
    docs.axisControl().override(FIELD, "hnsw");
    stepUntil(() -> phase().equals("SHADOW0"));
    makeWrong(Objects.requireNonNull(field().migration()).index());
    SearchRequest request = SearchRequest.of(vector(random), K);
    assertThat(docs.search(request).hits()).isEqualTo(docs.search(request.exactly()).hits());
    stepUntil(() -> field().migration() == null);
    assertThat(last().outcome()).isEqualTo(AxisDecision.ROLLED_BACK);
    assertThat(last().reason()).contains("measured recall");
    assertThat(field().strategy()).isEqualTo("exact");
    assertThat(docs.indexes()).isEmpty();
    assertThat(docs.axisControl().step()).as("what was set by hand is withdrawn").isEmpty();
    assertThat(docs.search(request).hits()).isEqualTo(docs.search(request.exactly()).hits());
  }

  @Test
  void whatIsTooMuchToBeComparedRowByRowIsJudgedByWhatBothFind() {
    reopen(options().withCatalogProperty(AxisOptions.CHECK_BYTES, "1"));
    docs.axisControl().override(FIELD, "hnsw");
    stepUntil(() -> phase().equals("SHADOW0"));
    makeWrong(Objects.requireNonNull(field().migration()).index());
    reopen(options().withCatalogProperty(AxisOptions.CHECK_BYTES, "1"));
    stepUntil(() -> field().migration() == null);
    assertThat(last().outcome()).isEqualTo(AxisDecision.ROLLED_BACK);
    assertThat(last().reason()).contains("measured recall");
    assertThat(docs.indexes()).isEmpty();
  }

  @Test
  void oneThatTurnsBadWhileItServesIsRolledBack() {
    docs.axisControl().override(FIELD, "hnsw");
    stepUntil(() -> phase().startsWith("TRAFFIC"));
    makeWrong(Objects.requireNonNull(field().migration()).index());
    stepUntil(() -> field().migration() == null);
    assertThat(last().outcome()).isEqualTo(AxisDecision.ROLLED_BACK);
    assertThat(docs.indexes()).isEmpty();
    SearchRequest request = SearchRequest.of(vector(random), K);
    assertThat(docs.search(request).hits()).isEqualTo(docs.search(request.exactly()).hits());
  }

  @Test
  void whatIsSetByHandHoldsAndCanBeTakenBack() {
    docs.axisControl().override(FIELD, "ivf");
    assertThat(docs.axisControl().step()).isPresent();
    docs.axisControl().override(FIELD, "flat");
    assertThat(docs.axisControl().step()).isPresent();
    assertThat(last().outcome()).isEqualTo(AxisDecision.CANCELLED);
    assertThat(docs.indexes()).isEmpty();
    stepTo("flat");
    docs.axisControl().automatic(FIELD);
    assertThat(docs.axisControl().step()).as("no goal is stated").isEmpty();
    assertThatThrownBy(() -> docs.axisControl().override(FIELD, "best"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("hnsw-bits");
    assertThatThrownBy(() -> docs.axisControl().override("text", "flat"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(FIELD);
    assertThatThrownBy(() -> docs.axisControl().override(FIELD, "sparse"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("sparse");
  }

  @Test
  void goalsHaveItDecideAndWhatWasDecidedStays() {
    assertThat(docs.axisControl().step()).as("nobody stated a goal").isEmpty();
    docs.setGoals(Goals.NONE.withRecall(1));
    AxisPlan plan = docs.axisControl().explain(null);
    assertThat(plan.current()).isEqualTo("exact");
    assertThat(plan.candidates()).extracting(one -> one.strategy()).containsOnly("exact", "flat");
    if (plan.change()) {
      stepTo(plan.chosen());
    } else {
      assertThat(docs.axisControl().step()).isEmpty();
    }
    assertThat(docs.axisControl().step()).as("no flapping: %s", plan).isEmpty();
    IndexDefinition byHand = IndexDefinition.of("mine", "ivf", FIELD);
    docs.createIndex(byHand);
    assertThat(docs.axisControl().step()).isEmpty();
    assertThat(docs.indexes()).extracting(index -> index.definition()).contains(byHand);
  }
}
