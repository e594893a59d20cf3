package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Exact searches: in batches, within a distance, and by the flat index. */
class ExactSearchTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 11;

  @TempDir Path folder;

  private final Random random = Seed.random("ExactSearchTest");

  private static CollectionSchema schema(Metric metric) {
    return CollectionSchema.builder()
        .vector(DIMENSION, metric)
        .sparse("terms", 100, Metric.DOT)
        .metadata("group", Scalar.INT)
        .build();
  }

  /** Few distinct components, so that many rows tie. */
  private float[] vector() {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = 1 + random.nextInt(3);
    }
    return vector;
  }

  private void fill(Collection docs, int from, int to) {
    List<VectorRecord> records = new ArrayList<>();
    for (int id = from; id < to; id++) {
      VectorRecord record = VectorRecord.of("r" + id, vector(), Map.of("group", id % 7));
      SparseVector sparse =
          SparseVector.of(new int[] {id % 90, 95}, new float[] {1, 0.1f * (1 + id % 5)});
      records.add(record.withSparse("terms", sparse));
    }
    docs.upsert(records);
  }

  /** Files, deleted rows in them, and unflushed rows. */
  private Collection filled(ProximaEngine engine, Metric metric) {
    Collection docs = engine.createCollection(DOCS, schema(metric));
    fill(docs, 0, 300);
    docs.flush();
    fill(docs, 250, 800);
    docs.flush();
    List<String> gone = new ArrayList<>();
    for (int id = 0; id < 800; id += 1 + random.nextInt(9)) {
      gone.add("r" + id);
    }
    docs.delete(gone);
    fill(docs, 780, 900);
    return docs;
  }

  private SearchRequest request() {
    SearchRequest request = SearchRequest.of(vector(), 1 + random.nextInt(30));
    request.vector()[0] += random.nextInt(2);
    if (random.nextInt(3) == 0) {
      request = request.where(group("{\"group\": {\"$lt\": " + random.nextInt(3) * 2 + "}}"));
    }
    if (random.nextInt(4) == 0) {
      request = request.within(random.nextInt(3));
    }
    if (random.nextInt(9) == 0) {
      SparseVector terms = SparseVector.of(new int[] {5, 95}, new float[] {1, 1});
      request = SearchRequest.of(terms, 12, "terms");
    }
    if (random.nextInt(3) == 0) {
      request = request.returning(List.of("vector", "group"));
    }
    return random.nextInt(9) == 0 ? request.clusters(2) : request;
  }

  private static Filter group(String json) {
    return FilterJson.parse(json);
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void aBatchAnswersAsItsSearchesDo(Metric metric) {
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      Collection docs = filled(engine, metric);
      for (int size : new int[] {0, 1, 3, 40}) {
        List<SearchRequest> requests = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          requests.add(request());
        }
        List<SearchResponse> answers = docs.search(requests);
        assertThat(answers).hasSize(size);
        for (int i = 0; i < size; i++) {
          SearchResponse single = docs.search(requests.get(i));
          SearchResponse answer = answers.get(i);
          assertThat(plain(answer)).as("seed " + Seed.value()).isEqualTo(plain(single));
          assertThat(answer.rowsScannedExactly()).isEqualTo(single.rowsScannedExactly());
          assertThat(answer.sequence()).isEqualTo(single.sequence());
          assertThat(answer.recall()).isEqualTo(single.recall());
        }
      }
      SearchRequest plain = SearchRequest.of(vector(), 3);
      assertThat(docs.search(List.of(plain, plain)).get(1).strategy())
          .contains("every live row compared with 2 queries at once");
    }
  }

  /** Hits with arrays as lists, so that they can be compared. */
  private static List<Object> plain(SearchResponse response) {
    List<Object> plain = new ArrayList<>();
    for (SearchHit hit : response.hits()) {
      plain.add(hit.id());
      plain.add(hit.distance());
      hit.fields()
          .forEach(
              (name, value) ->
                  plain.add(
                      name
                          + "="
                          + (value instanceof float[] v ? java.util.Arrays.toString(v) : value)));
    }
    return plain;
  }

  @Test
  void aBatchThatIsTooLargeOrWrongIsRefusedWhole() {
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      Collection docs = engine.createCollection(DOCS, schema(Metric.EUCLIDEAN));
      SearchRequest request = SearchRequest.of(vector(), 1);
      assertThatThrownBy(
              () -> docs.search(Collections.nCopies(Collection.MAX_BATCH_REQUESTS + 1, request)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("10001 searches")
          .hasMessageContaining("10000");
      SearchRequest large = SearchRequest.of(vector(), SearchRequest.MAX_K);
      assertThatThrownBy(() -> docs.search(Collections.nCopies(101, large)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("1010000 hits");
      assertThatThrownBy(() -> docs.search(List.of(request, SearchRequest.of(new float[2], 1))))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> docs.search(List.of(request.returning(List.of("no_column")))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("no_column");
    }
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void onlyRowsWithinTheDistanceAreAnswered(Metric metric) {
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      Collection docs = filled(engine, metric);
      for (int search = 0; search < 12; search++) {
        float[] query = vector();
        List<SearchHit> all = docs.search(SearchRequest.of(query, 2_000)).hits();
        // A distance that rows have, so that it matters whether it is included.
        double distance = all.get(random.nextInt(all.size())).distance();
        List<SearchHit> expected = all.stream().filter(hit -> hit.distance() <= distance).toList();
        SearchRequest within = SearchRequest.of(query, 2_000).within(distance);
        assertThat(ids(docs.search(within)))
            .isEqualTo(expected.stream().map(SearchHit::id).toList());
        assertThat(docs.search(within).strategy()).doesNotContain("may be more");
        SearchRequest cut = SearchRequest.of(query, expected.size()).within(distance);
        assertThat(ids(docs.search(cut))).hasSameSizeAs(expected);
        assertThat(docs.search(cut).strategy()).contains("there may be more than k rows within");
      }
      SearchRequest sparse =
          SearchRequest.of(SparseVector.of(new int[] {5}, new float[] {1}), 50, "terms");
      assertThat(docs.search(sparse.within(-0.5)).hits())
          .isNotEmpty()
          .allSatisfy(hit -> assertThat(hit.distance()).isLessThanOrEqualTo(-0.5));
      if (metric == Metric.EUCLIDEAN) {
        assertThat(docs.search(SearchRequest.of(vector(), 5).within(-1)).hits()).isEmpty();
      }
    }
  }

  private static List<String> ids(SearchResponse response) {
    return response.hits().stream().map(SearchHit::id).toList();
  }

  @Test
  void theFlatIndexAnswersAsTheScanDoes() {
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      Collection docs = engine.createCollection(DOCS, schema(Metric.EUCLIDEAN));
      fill(docs, 0, 6_000);
      docs.flush();
      docs.delete(List.of("r7", "r70", "r700"));
      fill(docs, 5_990, 6_100);
      List<SearchRequest> requests = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        requests.add(request().exactly());
      }
      List<List<Object>> before =
          requests.stream().map(docs::search).map(ExactSearchTest::plain).toList();
      docs.createIndex(IndexDefinition.of("exact", "flat", "vector"));
      docs.optimize();
      assertThat(docs.search(SearchRequest.of(vector(), 3)).strategy())
          .startsWith("index 'exact' (flat, exact, proven bounds left");
      List<SearchResponse> batch = docs.search(requests);
      for (int i = 0; i < requests.size(); i++) {
        String what = "search " + i + ", seed " + Seed.value();
        assertThat(plain(docs.search(requests.get(i)))).as(what).isEqualTo(before.get(i));
        assertThat(plain(batch.get(i))).as(what).isEqualTo(before.get(i));
        assertThat(batch.get(i).recall()).hasValue(1);
      }
    }
  }
}
