package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.AxisReport;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.FilterColumn;
import io.proximadb.api.GoalState;
import io.proximadb.api.GoalState.Outcome;
import io.proximadb.api.SearchClass;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.AxisOptions;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What collections are to reach, and what engines measure of them. */
class GoalsAndMeasuresTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 16;
  private static final int ROWS = 4_500;
  private static final int K = 10;

  @TempDir Path folder;

  private final Random random = Seed.random("GoalsAndMeasuresTest");
  private ProximaEngine engine;

  @BeforeEach
  void open() {
    engine = ProximaEngine.open(options());
  }

  /** As many checks as there may be: the test waits for them. */
  private EngineOptions options() {
    return Engines.quiet(folder)
        .withCatalogProperty(AxisOptions.CHECK_SHARE, Double.toString(AxisOptions.MAX_CHECK_SHARE));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void reopen(EngineOptions options) {
    engine.close();
    engine = ProximaEngine.open(options);
  }

  private Collection create(Goals goals) {
    return engine.createCollection(
        DOCS,
        CollectionSchema.builder()
            .vector(DIMENSION, Metric.EUCLIDEAN)
            .metadata("group", Scalar.INT)
            .build(),
        goals.properties());
  }

  private float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private void fill(Collection docs, int rows) {
    List<VectorRecord> records = new ArrayList<>();
    for (int id = 0; id < rows; id++) {
      records.add(VectorRecord.of("r" + id, vector(), Map.of("group", id % 100)));
    }
    docs.upsert(records);
  }

  /** A collection whose rows are all in an index. */
  private Collection indexed(Goals goals) {
    Collection docs = create(goals);
    fill(docs, ROWS);
    docs.createIndex(IndexDefinition.of("near", "hnsw", "vector"));
    docs.optimize();
    return docs;
  }

  private static GoalState state(Collection docs, String goal) {
    return docs.axis().goalStates().stream()
        .filter(state -> state.goal().equals(goal))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void goalsAreStatedAtCreationChangedAndShownEverywhere() {
    Goals first = Goals.NONE.withRecall(0.9).withP99(Duration.ofMillis(5));
    Collection docs = create(first);
    assertThat(docs.describe().goals()).isEqualTo(first);
    assertThat(docs.axis().goals()).isEqualTo(first);
    Goals second = Goals.NONE.withMemoryBytes(64L << 20).withFreshness(Duration.ofSeconds(2));
    docs.setGoals(second);
    assertThat(docs.describe().goals()).isEqualTo(second);
    assertThat(docs.describe().properties()).doesNotContainKeys(Goals.RECALL, Goals.P99);
    docs.alter(
        SchemaChange.goals(first),
        SchemaChange.add("title", Scalar.STRING),
        SchemaChange.goals(first.withRecall(0.8)));
    assertThat(docs.describe().goals()).isEqualTo(first.withRecall(0.8));
    reopen(options());
    assertThat(engine.collection(DOCS).axis().goals()).isEqualTo(first.withRecall(0.8));
    engine.collection(DOCS).setGoals(Goals.NONE);
    assertThat(engine.collection(DOCS).axis().goalStates()).isEmpty();
  }

  @Test
  void goalsThatMakeNoSenseAreRefused() {
    assertThatThrownBy(
            () ->
                engine.createCollection(
                    DOCS,
                    CollectionSchema.builder().vector(2, Metric.DOT).build(),
                    Map.of(Goals.RECALL, "1.5")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(Goals.RECALL)
        .hasMessageContaining("1.5");
    assertThat(engine.listNamespaces()).isEmpty();
  }

  @Test
  void searchesThatDoNotSayAskForTheGoal() {
    Collection docs = indexed(Goals.NONE.withRecall(0.5));
    SearchRequest request = SearchRequest.of(vector(), K);
    String low = docs.search(request).strategy();
    assertThat(low).isEqualTo(docs.search(request.recall(0.5)).strategy()).contains("hnsw");
    docs.setGoals(Goals.NONE.withRecall(0.99));
    String high = docs.search(request).strategy();
    assertThat(high).isEqualTo(docs.search(request.recall(0.99)).strategy()).isNotEqualTo(low);
    docs.setGoals(Goals.NONE);
    String usual = docs.search(request).strategy();
    assertThat(usual)
        .isEqualTo(docs.search(request.recall(SearchRequest.DEFAULT_RECALL)).strategy());
    docs.setGoals(Goals.NONE.withRecall(1));
    assertThat(docs.search(request).rowsScannedExactly()).isEqualTo(ROWS);
    assertThat(docs.search(List.of(request, request)).get(1).rowsScannedExactly()).isEqualTo(ROWS);
    assertThat(docs.search(request.recall(0.5)).strategy()).isEqualTo(low);
  }

  @Test
  void aGoalOfFreshnessFlushesSooner() {
    reopen(options().withFlush(EngineOptions.DEFAULT_FLUSH_BYTES, Duration.ofHours(1)));
    Collection docs = create(Goals.NONE);
    fill(docs, 10);
    assertThat(docs.describe().snapshotId()).isEmpty();
    docs.setGoals(Goals.NONE.withFreshness(Duration.ofMillis(100)));
    await().untilAsserted(() -> assertThat(docs.describe().dataRows()).isEqualTo(10));
    assertThat(state(docs, "freshness").outcome()).isEqualTo(Outcome.REACHED);
  }

  @Test
  void searchesAreCountedByTheirKind() {
    Collection docs = indexed(Goals.NONE.withP99(Duration.ofMinutes(1)));
    assertThat(docs.axis().searches()).isEmpty();
    assertThat(docs.axis().writesPerSecond()).isPositive();
    for (int i = 0; i < 30; i++) {
      docs.search(SearchRequest.of(vector(), K));
    }
    for (int i = 0; i < 20; i++) {
      docs.search(
          SearchRequest.of(vector(), K).where(FilterJson.parse("{\"group\": {\"$lt\": 30}}")));
    }
    for (int i = 0; i < 10; i++) {
      docs.search(SearchRequest.of(vector(), 2 * K).exactly());
    }
    docs.search(List.of(SearchRequest.of(vector(), K), SearchRequest.of(vector(), K)));
    AxisReport report = docs.axis();
    assertThat(report.searches())
        .extracting(one -> one.way() + ", " + one.rows() + ", " + one.searches())
        .containsExactly(
            "index 'near' (hnsw), all rows, 30",
            "index 'near' (hnsw), 20 to 50 %, 20",
            "every row compared, all rows, 10",
            "several at once, all rows, 2");
    assertThat(report.filters()).hasSize(1);
    FilterColumn group = report.filters().get(0);
    assertThat(group.column()).isEqualTo("group");
    assertThat(group.searches()).isEqualTo(20);
    assertThat(group.passing().orElseThrow()).isCloseTo(0.3, within(0.01));
    SearchClass first = report.searches().get(0);
    assertThat(first.answers()).isEqualTo(10);
    assertThat(first.field()).isEqualTo("vector");
    assertThat(first.wanted()).isEqualTo(0.95);
    assertThat(first.indexedShare()).isEqualTo(1);
    assertThat(first.promisedRecall()).isPresent();
    assertThat(first.p50()).isPositive().isLessThanOrEqualTo(first.p99());
    assertThat(first.p99()).isLessThanOrEqualTo(first.max());
    assertThat(report.searches().get(2).answers()).isEqualTo(100);
    assertThat(report.searches().get(2).indexedShare()).isZero();
    assertThat(report.searchesPerSecond()).isPositive();
    assertThat(report.indexMemoryBytes()).isPositive();
    assertThat(state(docs, "p99").outcome()).as("60 searches").isEqualTo(Outcome.UNKNOWN);
    for (int i = 0; i < 500; i++) {
      docs.search(SearchRequest.of(vector(), 1));
    }
    assertThat(state(docs, "p99").outcome()).isEqualTo(Outcome.REACHED);
    docs.setGoals(Goals.NONE.withP99(Goals.MIN_P99).withMemoryBytes(Goals.MIN_MEMORY_BYTES));
    assertThat(state(docs, "p99").outcome()).isEqualTo(Outcome.MISSED);
    assertThat(state(docs, "memory").outcome())
        .isEqualTo(
            report.indexMemoryBytes() <= Goals.MIN_MEMORY_BYTES ? Outcome.REACHED : Outcome.MISSED);
  }

  private static Set<String> ids(List<SearchHit> hits) {
    return hits.stream().map(SearchHit::id).collect(Collectors.toCollection(HashSet::new));
  }

  /** Asks until some searches were checked; returns the recall that the test itself sees. */
  private double checkedRecall(Collection docs, int effort, int checks) {
    double[] found = {0, 0};
    await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              SearchRequest request = SearchRequest.of(vector(), K).effort(effort);
              Set<String> hits = ids(docs.search(request).hits());
              hits.retainAll(ids(docs.search(request.exactly()).hits()));
              found[0] += (double) hits.size() / K;
              found[1]++;
              return docs.axis().searches().stream()
                  .anyMatch(one -> one.wanted() == 0 && one.recallChecks() >= checks);
            });
    return found[0] / found[1];
  }

  @Test
  void recallIsMeasuredOfLiveSearches() {
    Collection docs = indexed(Goals.NONE);
    double seen = checkedRecall(docs, K, 60);
    SearchClass measured =
        docs.axis().searches().stream()
            .filter(one -> one.recallChecks() > 0)
            .findFirst()
            .orElseThrow();
    assertThat(seen).as("a setting that misses rows").isLessThan(0.98);
    double errors = 5 * Math.max(measured.recallError(), 0.01);
    assertThat(measured.measuredRecall()).isCloseTo(seen, within(errors));
  }

  @Test
  void aGoalThatIsMissedIsToldWithWhatWasFound() {
    Collection docs = indexed(Goals.NONE.withRecall(0.95));
    assertThat(state(docs, "recall").outcome()).isEqualTo(Outcome.UNKNOWN);
    await()
        .atMost(Duration.ofMinutes(1))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              docs.search(SearchRequest.of(vector(), K));
              return state(docs, "recall").outcome() == Outcome.REACHED;
            });
    GoalState reached = state(docs, "recall");
    assertThat(reached.reason()).contains("index 'near' (hnsw), all rows");
    docs.setGoals(Goals.NONE.withRecall(0.999));
    assertThat(state(docs, "recall").outcome())
        .as("of other searches nothing is known")
        .isEqualTo(Outcome.UNKNOWN);
  }

  @Test
  void anEngineThatIsToldNotToMeasureMeasuresNothing() {
    reopen(options().withCatalogProperty(AxisOptions.MONITORING, "false"));
    Collection docs = create(Goals.NONE.withRecall(0.9));
    fill(docs, 10);
    docs.search(SearchRequest.of(vector(), K));
    AxisReport report = docs.axis();
    assertThat(report.monitored()).isFalse();
    assertThat(report.searches()).isEmpty();
    assertThat(report.writesPerSecond()).isZero();
    assertThat(state(docs, "recall").outcome()).isEqualTo(Outcome.UNKNOWN);
    for (String value : List.of("-0.1", "0.51", "NaN", "some")) {
      assertThatThrownBy(() -> AxisOptions.of(Map.of(AxisOptions.CHECK_SHARE, value)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining(AxisOptions.CHECK_SHARE);
    }
    assertThatThrownBy(() -> AxisOptions.of(Map.of(AxisOptions.MONITORING, "no")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("true or false");
  }
}
