package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisMigration;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.AxisOptions;
import io.proximadb.axis.DecisionFile;
import io.proximadb.axis.Decisions;
import io.proximadb.axis.Overrides;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import io.proximadb.error.UnavailableException;
import io.proximadb.index.IndexTraffic;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was decided survives files that cannot be read, others who decide, and steps that fail. */
class AxisDecisionsTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 8;
  private static final int ROWS = 4_200;
  private static final String FIELD = "vector";
  private static final String OTHER = "other";
  private static final long START_MICROS = 1_800_000_000_000_000L;
  private static final long WAIT_MICROS = Duration.ofMinutes(11).toNanos() / 1_000;
  private static final long BUILD_MICROS = Duration.ofHours(7).toNanos() / 1_000;

  @TempDir Path folder;

  private final Random random = Seed.random("AxisDecisionsTest");
  private final AtomicLong later = new AtomicLong();
  private final AtomicReference<Runnable> onDecided = new AtomicReference<>(() -> {});
  private ProximaEngine engine;
  private Collection docs;

  private EngineOptions options() {
    return Engines.quiet(folder)
        .withClock(Clock.of(() -> START_MICROS + later.incrementAndGet()))
        .withCatalogProperty(AxisOptions.CHECK_SHARE, Double.toString(AxisOptions.MAX_CHECK_SHARE))
        .withFailPoints(
            step -> {
              if (step.equals("axis.decided")) {
                onDecided.get().run();
              }
            });
  }

  @BeforeEach
  void fill() {
    engine = ProximaEngine.open(options());
    docs =
        engine.createCollection(
            DOCS,
            CollectionSchema.builder()
                .vector(DIMENSION, Metric.EUCLIDEAN)
                .vector(new VectorField(OTHER, DIMENSION, Metric.EUCLIDEAN))
                .build());
    List<VectorRecord> records = new ArrayList<>();
    for (int id = 0; id < ROWS; id++) {
      records.add(
          new VectorRecord("r" + id, Map.of(FIELD, vector(), OTHER, vector()), Map.of(), null));
    }
    docs.upsert(records);
    docs.optimize();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void reopen() {
    engine.close();
    engine = ProximaEngine.open(options());
    docs = engine.collection(DOCS);
  }

  private float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) random.nextGaussian();
    }
    return vector;
  }

  private AxisField field(String name) {
    return docs.axis().fields().stream()
        .filter(field -> field.field().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private AxisMigration migration() {
    return Objects.requireNonNull(field(FIELD).migration());
  }

  private AxisDecision last() {
    List<AxisDecision> history = docs.axis().history();
    return history.get(history.size() - 1);
  }

  private List<String> indexNames() {
    return docs.indexes().stream().map(index -> index.definition().name()).toList();
  }

  /** Steps until a field is moved, with nobody searching. */
  private void stepTo(String name, String strategy) {
    for (int i = 0; i < 30; i++) {
      later.addAndGet(WAIT_MICROS);
      docs.optimize();
      docs.axisControl().step();
      if (docs.axis().fields().stream()
          .anyMatch(one -> one.field().equals(name) && one.strategy().equals(strategy))) {
        return;
      }
    }
    throw new AssertionError("Not at " + strategy + ": " + docs.axis().fields());
  }

  private Path decisionsFolder() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(path -> path.toString().endsWith("_proximadb/axis"))
          .findFirst()
          .orElseThrow();
    }
  }

  private Path holding() throws IOException {
    return decisionsFolder()
        .resolve(Objects.requireNonNull(docs.describe().properties().get(DecisionFile.PROPERTY)));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(decisionsFolder())) {
      return files.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private void setBehind(String property, String value) {
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      PropertyCommit.on(table).set(property, value).commit();
    }
  }

  @Test
  void decisionsThatCannotBeReadForNowAreNotForgotten() throws IOException {
    docs.axisControl().override(FIELD, "hnsw");
    assertThat(docs.axisControl().step()).isPresent();
    docs.optimize();
    assertThat(docs.axisControl().step()).isPresent();
    AxisMigration before = migration();
    assertThat(before.phase()).isEqualTo("SHADOW");
    Path file = holding();
    reopen();
    Path away = Files.move(file, folder.resolve("away"));
    assertThatThrownBy(() -> docs.axisControl().step())
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(file.getFileName().toString());
    Files.move(away, file);
    assertThat(migration()).isEqualTo(before);
    stepTo(FIELD, "hnsw");
    assertThat(indexNames()).containsExactly(before.index());
  }

  @Test
  void fieldsMoveOneAfterTheOther() {
    docs.axisControl().override(FIELD, "flat");
    docs.axisControl().override(OTHER, "flat");
    assertThat(docs.axisControl().step()).isPresent();
    assertThat(docs.axisControl().step()).as("the first waits for its build").isEmpty();
    int moved = 0;
    for (int i = 0; i < 30 && moved < 2; i++) {
      later.addAndGet(WAIT_MICROS);
      docs.optimize();
      docs.axisControl().step();
      List<AxisField> fields = docs.axis().fields();
      assertThat(fields.stream().filter(field -> field.migration() != null))
          .hasSizeLessThanOrEqualTo(1);
      moved = (int) fields.stream().filter(field -> field.strategy().equals("flat")).count();
    }
    assertThat(moved).isEqualTo(2);
  }

  @Test
  void anIndexMadeByHandStaysAfterAMoveFromItIsCancelled() {
    IndexDefinition mine = IndexDefinition.of("axis_of_mine", "hnsw", FIELD);
    docs.createIndex(mine);
    docs.optimize();
    docs.axisControl().override(FIELD, "ivf");
    assertThat(docs.axisControl().step()).isPresent();
    docs.axisControl().override(FIELD, "hnsw");
    assertThat(docs.axisControl().step()).isPresent();
    assertThat(last().outcome()).isEqualTo(AxisDecision.CANCELLED);
    docs.axisControl().automatic(FIELD);
    // No graph reaches that: whoever decides would move.
    docs.setGoals(Goals.NONE.withRecall(1));
    assertThat(docs.axisControl().step()).as("it is not AXIS's").isEmpty();
    assertThat(indexNames()).containsExactly(mine.name());
  }

  @Test
  void oneMadeByHandEndsAMoveAndIsLeftAloneBesideOneOfAxis() {
    docs.axisControl().override(FIELD, "hnsw");
    stepTo(FIELD, "hnsw");
    docs.axisControl().automatic(FIELD);
    String served = Objects.requireNonNull(field(FIELD).index());
    // No graph reaches that.
    docs.setGoals(Goals.NONE.withRecall(1));
    assertThat(docs.axisControl().step()).as("%s", docs.axisControl().explain(FIELD)).isPresent();
    assertThat(field(FIELD).migration()).isNotNull();
    docs.createIndex(IndexDefinition.of("mine", "flat", FIELD));
    assertThat(docs.axisControl().step()).isPresent();
    assertThat(last().outcome()).isEqualTo(AxisDecision.CANCELLED);
    assertThat(last().reason()).contains("by hand");
    assertThat(docs.axisControl().step()).isEmpty();
    assertThat(indexNames()).containsExactlyInAnyOrder(served, "mine");
  }

  @Test
  void anIndexThatIsDroppedByHandWhileItIsBuiltLeavesNoShareBehind() {
    docs.axisControl().override(FIELD, "hnsw");
    assertThat(docs.axisControl().step()).isPresent();
    String index = Objects.requireNonNull(migration().index());
    assertThat(docs.describe().properties()).containsKey(IndexTraffic.PREFIX + index);
    docs.dropIndex(index);
    assertThat(docs.describe().properties()).doesNotContainKey(IndexTraffic.PREFIX + index);
    docs.axisControl().automatic(FIELD);
    assertThat(docs.axisControl().step()).isPresent();
    assertThat(last().outcome()).isEqualTo(AxisDecision.CANCELLED);
    assertThat(last().reason()).contains("dropped by hand");
  }

  @Test
  void anOverrideThatIsSetWhileAnotherIsRolledBackHolds() {
    docs.axisControl().override(FIELD, "hnsw");
    assertThat(docs.axisControl().step()).isPresent();
    later.addAndGet(BUILD_MICROS);
    onDecided.set(() -> setBehind(Overrides.property(FIELD), "ivf"));
    assertThatThrownBy(() -> docs.axisControl().step()).isInstanceOf(ConflictException.class);
    onDecided.set(() -> {});
    assertThat(docs.axisControl().step()).isPresent();
    assertThat(last().outcome()).isEqualTo(AxisDecision.CANCELLED);
    stepTo(FIELD, "ivf");
  }

  /** One whose commit passed unseen may hold, and the next step be of the same version. */
  @Test
  void aFileIsNeverWrittenOverAndGoesWithLaterVersions() throws IOException {
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      TableContext table = warehouse.load(DOCS).context();
      String first = DecisionFile.write(table, Decisions.unread(1), 7);
      byte[] content = Files.readAllBytes(decisionsFolder().resolve(first));
      String second = DecisionFile.write(table, Decisions.NONE, 7);
      String third = DecisionFile.write(table, Decisions.unread(1), 7);
      assertThat(List.of(first, second, third)).doesNotHaveDuplicates();
      assertThat(Files.readAllBytes(decisionsFolder().resolve(first))).isEqualTo(content);
      assertThat(files()).hasSize(3);
      DecisionFile.removeEarlier(table, 2);
      assertThat(files()).as("version 0 is gone").containsExactlyInAnyOrder(first, third);
      DecisionFile.removeEarlier(table, 3);
      assertThat(files()).isEmpty();
    }
  }

  @Test
  void searchesThatAreAskedTogetherCountAndAreCompared() {
    List<SearchRequest> together = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      together.add(SearchRequest.of(vector(), 10).recall(1));
    }
    docs.search(together);
    assertThat(docs.axisControl().explain(FIELD).searches()).contains("a recall of 1.000");
    docs.axisControl().override(FIELD, "flat");
    assertThat(docs.axisControl().step()).isPresent();
    docs.optimize();
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(10))
        .until(
            () -> {
              docs.search(together);
              docs.axisControl().step();
              return field(FIELD).migration() == null;
            });
    assertThat(field(FIELD).strategy()).isEqualTo("flat");
    assertThat(field(FIELD).measured().micros()).as("no phase passed unseen").isPositive();
  }

  @Test
  void decisionsThatAreDamagedAreMadeAnewAndLeaveNothingBehind() throws IOException {
    docs.axisControl().override(FIELD, "flat");
    stepTo(FIELD, "flat");
    String served = Objects.requireNonNull(field(FIELD).index());
    docs.axisControl().override(FIELD, "hnsw");
    assertThat(docs.axisControl().step()).isPresent();
    String candidate = Objects.requireNonNull(migration().index());
    assertThat(indexNames()).containsExactlyInAnyOrder(served, candidate);
    Files.writeString(holding(), "{\"format\": ");
    reopen();
    docs.axisControl().automatic(FIELD);
    assertThat(docs.axisControl().step()).isPresent();
    assertThat(indexNames()).as("what serves stays").containsExactly(served);
    assertThat(field(FIELD).strategy()).isEqualTo("flat");
    assertThat(last().reason()).contains(candidate);
    assertThat(docs.axisControl().step()).isEmpty();
    docs.axisControl().override(FIELD, "ivf");
    stepTo(FIELD, "ivf");
    assertThat(indexNames()).hasSize(1);
    assertThat(files()).as("two files: %s", files()).hasSize(2);
  }
}
