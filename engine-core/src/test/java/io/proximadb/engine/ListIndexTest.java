package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
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

/** A collection with an index of type ivf, over clusters of its files and over lists of its own. */
class ListIndexTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 16;
  private static final int ROWS = 8_000;
  private static final int GROUPS = 20;
  private static final int K = 10;

  @TempDir Path folder;

  private final Random random = Seed.random("ListIndexTest");
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void fill() {
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs =
        engine.createCollection(
            DOCS,
            CollectionSchema.builder()
                .vector(DIMENSION, Metric.EUCLIDEAN)
                .metadata("group", Scalar.INT)
                .build());
    List<VectorRecord> records = new ArrayList<>();
    for (int id = 0; id < ROWS; id++) {
      records.add(VectorRecord.of("r" + id, vector(id % GROUPS), Map.of("group", id % GROUPS)));
    }
    docs.upsert(records);
    docs.createIndex(IndexDefinition.of("near", "ivf", "vector"));
    docs.optimize();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private float[] vector(int group) {
    float[] vector = new float[DIMENSION];
    Random centre = new Random(group);
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (float) (centre.nextGaussian() + 0.5 * random.nextGaussian());
    }
    return vector;
  }

  private static Set<String> ids(SearchResponse response) {
    return response.hits().stream().map(SearchHit::id).collect(Collectors.toSet());
  }

  /** Searches as long as exact ones; gives the recall of some. */
  private double recall(Filter filter, int k) {
    double found = 0;
    for (int i = 0; i < 30; i++) {
      SearchRequest request = SearchRequest.of(vector(random.nextInt(GROUPS)), k).where(filter);
      Set<String> truth = ids(docs.search(request.exactly()));
      SearchResponse answer = docs.search(request);
      assertThat(answer.hits()).hasSameSizeAs(truth);
      Set<String> hits = new HashSet<>(ids(answer));
      hits.retainAll(truth);
      found += truth.isEmpty() ? 1 : hits.size() / (double) truth.size();
    }
    return found / 30;
  }

  @Test
  void listsAreFoundThatReachTheRecallInEveryLayout() {
    for (String layout : List.of("viper", "lsm")) {
      docs.alter(SchemaChange.layout(layout));
      docs.optimize();
      SearchResponse answer = docs.search(SearchRequest.of(vector(3), K));
      assertThat(answer.rowsCoveredByIndex()).as(layout).isEqualTo(ROWS);
      assertThat(answer.strategy())
          .containsPattern("index 'near' \\(ivf, \\d+ of \\d+ lists, effort \\d+\\)");
      assertThat(answer.recall().orElseThrow()).isGreaterThan(0.94);
      assertThat(recall(Filter.alwaysTrue(), K)).as(layout).isGreaterThan(0.92);
      assertThat(recall(Filter.alwaysTrue(), 300)).as(layout).isGreaterThan(0.92);
    }
  }

  @Test
  void answersAreNeverShortWhateverFilterAndDeletesLeave() {
    List<String> gone = new ArrayList<>();
    for (int id = 0; id < ROWS; id += 2) {
      gone.add("r" + id);
    }
    docs.delete(gone);
    for (String filter :
        List.of(
            "{\"group\":{\"$lt\":18}}",
            "{\"group\":{\"$lt\":6}}",
            "{\"group\":7}",
            "{\"group\":{\"$gt\":98}}")) {
      assertThat(recall(FilterJson.parse(filter), K)).as(filter).isGreaterThan(0.92);
    }
    assertThat(recall(Filter.alwaysTrue(), ROWS)).isEqualTo(1);
  }

  @Test
  void rowsCodedByProductsReachTheSameRecallInLessMemory() {
    long plain = indexBytes();
    docs.dropIndex("near");
    docs.createIndex(IndexDefinition.of("near", "ivf", "vector").with("product", "8"));
    docs.optimize();
    SearchResponse answer = docs.search(SearchRequest.of(vector(3), K));
    assertThat(answer.rowsCoveredByIndex()).as(answer.strategy()).isEqualTo(ROWS);
    assertThat(answer.strategy()).containsPattern("(lists|codes) by 8 bytes a row, effort \\d+\\)");
    assertThat(recall(Filter.alwaysTrue(), K)).isGreaterThan(0.92);
    assertThat(recall(FilterJson.parse("{\"group\":{\"$lt\":6}}"), K)).isGreaterThan(0.92);
    assertThat(indexBytes()).isLessThan(plain - ROWS * (long) DIMENSION);
  }

  /** Bytes in memory, which a search brings the index into. */
  private long indexBytes() {
    assertThat(docs.search(SearchRequest.of(vector(1), K)).rowsCoveredByIndex()).isEqualTo(ROWS);
    return docs.indexes().get(0).memoryBytes();
  }

  @Test
  void aSearchWithAnEffortSetByHandLooksAtSoManyListsOrMore() {
    SearchRequest request = SearchRequest.of(vector(1), K);
    assertThat(docs.search(request.effort(7)).strategy()).contains("7 of ").contains("effort 7");
    // One list holds fewer rows than wanted.
    SearchResponse many = docs.search(SearchRequest.of(vector(1), 900).effort(1));
    assertThat(many.hits()).hasSize(900);
    assertThat(docs.search(request.exactly()).strategy()).contains("index 'near' is not exact");
  }

  @Test
  void aSearchWithinADistanceFindsWhatIsThereAndNothingBeyond() {
    double found = 0;
    double wanted = 0;
    for (int i = 0; i < 30; i++) {
      float[] query = vector(random.nextInt(GROUPS));
      List<SearchHit> nearest = docs.search(SearchRequest.of(query, 200).exactly()).hits();
      double distance = nearest.get(random.nextInt(199)).distance();
      SearchRequest request = SearchRequest.of(query, 200).within(distance);
      SearchResponse truth = docs.search(request.exactly());
      SearchResponse answer = docs.search(request);
      assertThat(answer.rowsCoveredByIndex()).isEqualTo(ROWS);
      assertThat(answer.hits()).allMatch(hit -> hit.distance() <= distance);
      assertThat(ids(truth)).hasSize(truth.hits().size()).containsAll(ids(answer));
      found += answer.hits().size();
      wanted += truth.hits().size();
    }
    assertThat(found / wanted).isGreaterThan(0.92);
    SearchRequest nothing = SearchRequest.of(vector(1), K).within(1e-6);
    assertThat(docs.search(nothing).hits()).isEmpty();
    List<SearchHit> three = docs.search(SearchRequest.of(vector(1), 3).within(1e6)).hits();
    assertThat(three).hasSize(3);
  }

  @Test
  void aDamagedOneIsBuiltAgainWhileSearchesGoOnExactly() throws IOException {
    Path file;
    try (Stream<Path> files = Files.walk(folder)) {
      file = files.filter(each -> each.toString().endsWith(".ivf-v1")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    engine.close();
    Files.write(file, bytes);
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs = engine.collection(DOCS);
    SearchResponse damaged = docs.search(SearchRequest.of(vector(1), K));
    assertThat(damaged.rowsScannedExactly()).isEqualTo(ROWS);
    assertThat(damaged.strategy()).contains("damaged");
    docs.optimize();
    assertThat(docs.search(SearchRequest.of(vector(1), K)).rowsCoveredByIndex()).isEqualTo(ROWS);
  }

  @Test
  void aQueryThatNoCodesFitFindsAllTheSame() {
    float[] far = new float[DIMENSION];
    java.util.Arrays.fill(far, 1e38f);
    assertThat(docs.search(SearchRequest.of(far, K)).hits()).hasSize(K);
  }
}
