package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A collection with indexes: created, built, used, damaged, dropped. */
class VectorIndexTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 16;
  private static final int ROWS = 12_000;
  private static final int K = 10;
  private static final IndexDefinition HNSW = IndexDefinition.of("near", "hnsw", "vector");

  @TempDir Path folder;

  private final Random random = Seed.random("VectorIndexTest");
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void open() {
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs =
        engine.createCollection(
            DOCS,
            CollectionSchema.builder()
                .vector(DIMENSION, Metric.EUCLIDEAN)
                .metadata("group", Scalar.INT)
                .build());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void reopen() {
    engine.close();
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs = engine.collection(DOCS);
  }

  private float[] vector(int group) {
    float[] vector = new float[DIMENSION];
    Random centre = new Random(group);
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) (centre.nextGaussian() + 0.5 * random.nextGaussian());
    }
    return vector;
  }

  private VectorRecord record(int id) {
    return VectorRecord.of("r" + id, vector(id % 20), Map.of("group", id % 20));
  }

  private void fill(int from, int to) {
    List<VectorRecord> records = new ArrayList<>();
    for (int id = from; id < to; id++) {
      records.add(record(id));
    }
    docs.upsert(records);
  }

  private static Set<String> ids(SearchResponse response) {
    return response.hits().stream().map(SearchHit::id).collect(Collectors.toSet());
  }

  /** Asks both ways; returns the recall and the last answer of the index. */
  private record Recall(double share, SearchResponse last) {}

  private Recall recall(Filter filter) {
    double found = 0;
    SearchResponse last = null;
    for (int i = 0; i < 40; i++) {
      SearchRequest request = SearchRequest.of(vector(random.nextInt(20)), K).where(filter);
      Set<String> truth = ids(docs.search(request.exactly()));
      last = docs.search(request);
      assertThat(last.hits()).hasSameSizeAs(truth);
      Set<String> hits = new HashSet<>(ids(last));
      hits.retainAll(truth);
      found += truth.isEmpty() ? 1 : hits.size() / (double) truth.size();
    }
    return new Recall(found / 40, last);
  }

  @Test
  void aSearchUsesItAsSoonAsItIsBuilt() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    SearchResponse before = docs.search(SearchRequest.of(vector(3), K));
    assertThat(before.rowsCoveredByIndex()).isZero();
    assertThat(docs.indexes()).extracting(IndexInfo::definition).containsExactly(HNSW);
    docs.optimize();
    IndexInfo built = docs.indexes().get(0);
    assertThat(built.isComplete()).isTrue();
    assertThat(built.indexedRows()).isEqualTo(ROWS);
    Recall all = recall(Filter.alwaysTrue());
    assertThat(all.share()).isGreaterThan(0.92);
    assertThat(all.last().rowsCoveredByIndex()).isEqualTo(ROWS);
    assertThat(all.last().rowsScannedExactly()).isZero();
    assertThat(all.last().strategy()).contains("index 'near' (hnsw, walk");
    assertThat(all.last().recall().orElseThrow()).isGreaterThan(0.94);
    assertThat(docs.indexes().get(0).memoryBytes()).isPositive();
  }

  @Test
  void unflushedRowsAndDeletesCountAtOnce() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    float[] query = vector(5);
    List<SearchHit> hits = docs.search(SearchRequest.of(query, K)).hits();
    docs.delete(hits.stream().map(SearchHit::id).toList());
    docs.upsert(List.of(VectorRecord.of("new", query, Map.of("group", 5))));
    SearchResponse after = docs.search(SearchRequest.of(query, K));
    assertThat(after.hits()).hasSize(K);
    assertThat(after.hits().get(0).id()).isEqualTo("new");
    assertThat(ids(after)).doesNotContainAnyElementsOf(hits.stream().map(SearchHit::id).toList());
    assertThat(after.rowsCoveredByIndex()).isPositive();
    assertThat(recall(Filter.alwaysTrue()).share()).isGreaterThan(0.92);
  }

  @Test
  void answersAreNeverShortWhateverTheFilterPasses() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    for (String filter :
        List.of(
            "{\"group\":{\"$lt\":18}}",
            "{\"group\":{\"$lt\":10}}",
            "{\"group\":{\"$lt\":2}}",
            "{\"group\":7}",
            "{\"group\":99}")) {
      Recall recall = recall(FilterJson.parse(filter));
      assertThat(recall.share()).as(filter).isGreaterThan(0.92);
    }
  }

  @Test
  void anExactSearchDoesNotTrustIt() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    SearchResponse exact = docs.search(SearchRequest.of(vector(1), K).exactly());
    assertThat(exact.rowsScannedExactly()).isEqualTo(ROWS);
    assertThat(exact.recall()).hasValue(1);
    assertThat(exact.strategy()).contains("index 'near' is not exact");
  }

  @Test
  void itIsThereAfterARestartAndNewFilesGetTheirsToo() {
    fill(0, ROWS / 2);
    docs.createIndex(HNSW);
    docs.optimize();
    reopen();
    fill(ROWS / 2, ROWS);
    docs.flush();
    SearchResponse half = docs.search(SearchRequest.of(vector(1), K));
    assertThat(half.rowsCoveredByIndex()).isEqualTo(ROWS / 2);
    assertThat(half.rowsScannedExactly()).isEqualTo(ROWS / 2);
    assertThat(half.strategy()).contains("it is not built yet");
    docs.optimize();
    assertThat(recall(Filter.alwaysTrue()).last().rowsCoveredByIndex()).isEqualTo(ROWS);
  }

  private List<Path> indexFiles() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".hnsw-v2")).toList();
    }
  }

  @Test
  void aDamagedOneIsBuiltAgainWhileSearchesGoOnExactly() throws IOException {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    Path file = indexFiles().get(0);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
    reopen();
    SearchResponse damaged = docs.search(SearchRequest.of(vector(1), K));
    assertThat(damaged.rowsScannedExactly()).isEqualTo(ROWS);
    assertThat(damaged.recall()).hasValue(1);
    assertThat(damaged.strategy()).contains("damaged");
    docs.optimize();
    assertThat(docs.search(SearchRequest.of(vector(1), K)).rowsCoveredByIndex()).isEqualTo(ROWS);
  }

  @Test
  void aRewrittenFileGetsOneFromTheIndexOfTheFileBefore() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    List<String> gone = new ArrayList<>();
    for (int id = 0; id < ROWS; id += 5) {
      gone.add("r" + id);
    }
    docs.delete(gone);
    fill(ROWS, ROWS + 200);
    docs.flush();
    docs.alter(SchemaChange.layout("lsm"));
    assertThat(engine.maintain(DOCS))
        .extracting(MaintenanceResult::what)
        .anyMatch(what -> what.matches("built index 'near' of 9600 rows, from an earlier one, .*"));
    assertThat(docs.indexes().get(0).isComplete()).isTrue();
    assertThat(recall(Filter.alwaysTrue()).share()).isGreaterThan(0.92);
  }

  @Test
  void droppedItIsForgotten() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    docs.dropIndex("near");
    assertThat(docs.indexes()).isEmpty();
    SearchResponse after = docs.search(SearchRequest.of(vector(1), K));
    assertThat(after.strategy()).startsWith("exact: no index");
    assertThatThrownBy(() -> docs.dropIndex("near"))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("'near'");
  }

  @Test
  void anIndexFollowsItsColumn() {
    IndexDefinition groups = IndexDefinition.of("groups", "attribute", "group");
    docs.createIndex(groups);
    assertThatThrownBy(() -> docs.alter(SchemaChange.drop("group")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'groups'");
    docs.alter(SchemaChange.rename("group", "family"));
    assertThat(docs.indexes())
        .extracting(index -> index.definition().field())
        .containsExactly("family");
    docs.dropIndex("groups");
    docs.alter(SchemaChange.drop("family"));
    assertThat(docs.schema().metadataFields()).isEmpty();
  }

  @Test
  void oneThatIsDroppedAndCreatedAtOnceKeepsNothingOfTheOneBefore() {
    docs.createIndex(HNSW.with("degree", "24").with("beam", "80"));
    IndexDefinition after = HNSW.with("degree", "16");
    docs.alter(SchemaChange.dropIndex("near"), SchemaChange.addIndex(after));
    assertThat(docs.indexes()).extracting(IndexInfo::definition).containsExactly(after);
    docs.alter(
        SchemaChange.dropIndex("near"),
        SchemaChange.addIndex(HNSW),
        SchemaChange.dropIndex("near"));
    assertThat(docs.indexes()).isEmpty();
    assertThatThrownBy(() -> docs.alter(SchemaChange.addIndex(HNSW), SchemaChange.addIndex(HNSW)))
        .isInstanceOf(AlreadyExistsException.class);
    assertThatThrownBy(
            () ->
                docs.alter(
                    SchemaChange.addIndex(HNSW),
                    SchemaChange.dropIndex("near"),
                    SchemaChange.dropIndex("near")))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aQueryThatNoCodesFitFindsAllTheSame() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    float[] far = new float[DIMENSION];
    java.util.Arrays.fill(far, 1e38f);
    SearchRequest request = SearchRequest.of(far, K);
    assertThat(docs.search(request).hits()).hasSize(K);
    assertThat(docs.search(request.exactly()).hits()).hasSize(K);
  }

  @Test
  void definitionsAreChecked() {
    docs.createIndex(HNSW);
    assertThatThrownBy(() -> docs.createIndex(HNSW)).isInstanceOf(AlreadyExistsException.class);
    assertThatThrownBy(() -> docs.createIndex(IndexDefinition.of("x", "btree", "vector")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'btree'")
        .hasMessageContaining("hnsw");
    assertThatThrownBy(() -> docs.createIndex(IndexDefinition.of("x", "hnsw", "group")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'group'");
    assertThatThrownBy(() -> docs.createIndex(HNSW.with("degree", "5")))
        .isInstanceOf(AlreadyExistsException.class);
    docs.dropIndex("near");
    assertThatThrownBy(() -> docs.createIndex(HNSW.with("degree", "5")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("5");
  }

  @Test
  void aSearchWithAnEffortSetByHandKeepsToIt() {
    fill(0, ROWS);
    docs.createIndex(HNSW);
    docs.optimize();
    SearchResponse response = docs.search(SearchRequest.of(vector(1), K).effort(77));
    assertThat(response.strategy()).contains("effort 77");
    docs.alter(SchemaChange.layout("viper"));
    assertThat(docs.search(SearchRequest.of(vector(1), K).effort(77)).rowsCoveredByIndex())
        .isEqualTo(ROWS);
  }
}
