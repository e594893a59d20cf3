package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sparse and attribute indexes of a collection change no answer. */
class ExactIndexesTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 60;
  private static final int ROWS = 9_000;
  private static final IndexDefinition TERMS = IndexDefinition.of("by_terms", "sparse", "terms");
  private static final List<IndexDefinition> ALL =
      List.of(
          TERMS,
          IndexDefinition.of("by_group", "attribute", "group"),
          IndexDefinition.of("by_name", "attribute", "name"),
          IndexDefinition.of("by_tags", "attribute", "tags"));

  private static final List<String> FILTERS =
      List.of(
          "{\"group\": 3}",
          "{\"group\": {\"$gt\": 15}}",
          "{\"$not\": {\"group\": {\"$lt\": 15}}}",
          "{\"tags\": {\"$contains\": \"t4\"}}",
          "{\"$and\": [{\"group\": {\"$lt\": 5}}, {\"number\": {\"$lt\": 4000}}]}",
          "{\"$or\": [{\"group\": 99}, {\"name\": {\"$startsWith\": \"n12\"}}]}",
          "{\"group\": {\"$exists\": false}}");

  @TempDir Path folder;

  private final Random random = Seed.random("ExactIndexesTest");
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void open() {
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs =
        engine.createCollection(
            DOCS,
            CollectionSchema.builder()
                .vector(2, Metric.EUCLIDEAN)
                .sparse("terms", DIMENSION, Metric.COSINE)
                .metadata("group", Scalar.INT)
                .metadata("number", Scalar.LONG)
                .metadata("name", Scalar.STRING)
                .metadata("tags", new ListOf(Scalar.STRING))
                .build());
    fill(0, ROWS);
    docs.flush();
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void fill(int from, int to) {
    List<VectorRecord> records = new ArrayList<>();
    for (int id = from; id < to; id++) {
      Map<String, Object> values = new HashMap<>();
      values.put("group", id % 9 == 0 ? null : random.nextInt(20));
      values.put("number", (long) id);
      values.put("name", "n" + id);
      values.put("tags", List.of("t" + random.nextInt(9), "t" + random.nextInt(9)));
      records.add(
          VectorRecord.of("r" + id, new float[] {random.nextFloat(), random.nextFloat()}, values)
              .withSparse("terms", terms()));
    }
    docs.upsert(records);
  }

  private SparseVector terms() {
    return RandomCollections.sparse(DIMENSION, random);
  }

  private List<SearchRequest> requests() {
    List<SearchRequest> requests = new ArrayList<>();
    for (String filter : FILTERS) {
      requests.add(SearchRequest.of(terms(), 10, "terms").where(FilterJson.parse(filter)));
      float[] query = {random.nextFloat(), random.nextFloat()};
      requests.add(SearchRequest.of(query, 7).where(FilterJson.parse(filter)));
    }
    for (int i = 0; i < 8; i++) {
      requests.add(SearchRequest.of(terms(), 1 + random.nextInt(200), "terms"));
    }
    requests.add(SearchRequest.of(terms(), SearchRequest.MAX_K, "terms"));
    return requests;
  }

  private List<List<SearchHit>> answers(List<SearchRequest> requests) {
    return requests.stream().map(request -> docs.search(request).hits()).toList();
  }

  private List<TreeSet<String>> scans() throws IOException {
    List<TreeSet<String>> scans = new ArrayList<>();
    for (String filter : FILTERS) {
      TreeSet<String> ids = new TreeSet<>();
      try (ScanResult scan = docs.scan(ScanRequest.of(FilterJson.parse(filter), List.of("id")))) {
        while (scan.hasNext()) {
          ColumnBatch batch = scan.next();
          for (int row = 0; row < batch.rowCount(); row++) {
            ids.add((String) batch.column("id").value(row));
          }
        }
      }
      scans.add(ids);
    }
    return scans;
  }

  @Test
  void answersAreTheSameWithAndWithoutThem() throws IOException {
    List<SearchRequest> requests = requests();
    List<List<SearchHit>> before = answers(requests);
    List<TreeSet<String>> scanned = scans();
    ALL.forEach(docs::createIndex);
    docs.optimize();
    assertThat(docs.indexes()).hasSize(4).allMatch(IndexInfo::isComplete);
    assertThat(answers(requests)).isEqualTo(before);
    assertThat(scans()).isEqualTo(scanned);
    SearchResponse response = docs.search(requests.get(requests.size() - 2));
    assertThat(response.strategy()).startsWith("exact: index 'by_terms' (sparse) for 9000 rows");
    assertThat(response.rowsCoveredByIndex()).isEqualTo(ROWS);
    assertThat(response.rowsScannedExactly()).isZero();
    assertThat(response.recall()).hasValue(1);

    // Rows in memory and deleted ones count at once, and another file has no index yet.
    docs.delete(List.of("r5", "r7", "r100"));
    fill(50, 60);
    fill(ROWS, ROWS + 300);
    List<List<SearchHit>> mixed = answers(requests);
    List<TreeSet<String>> mixedScans = scans();
    docs.flush();
    assertThat(answers(requests)).isEqualTo(mixed);
    ALL.forEach(index -> docs.dropIndex(index.name()));
    assertThat(answers(requests)).isEqualTo(mixed);
    assertThat(scans()).isEqualTo(mixedScans);
    assertThat(docs.search(requests.get(0)).strategy()).startsWith("exact: no index");
  }

  @Test
  void damagedOnesAreBuiltAgainWhileSearchesGoOn() throws IOException {
    ALL.forEach(docs::createIndex);
    docs.optimize();
    List<SearchRequest> requests = requests();
    List<List<SearchHit>> expected = answers(requests);
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(file -> file.toString().matches(".*(sparse|attribute)-v1")).toList();
    }
    assertThat(files).hasSize(4);
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 16;
      Files.write(file, bytes);
    }
    engine.close();
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs = engine.collection(DOCS);
    assertThat(answers(requests)).isEqualTo(expected);
    SearchRequest sparse = requests.get(requests.size() - 1);
    assertThat(docs.search(sparse).strategy()).contains("damaged");
    docs.optimize();
    assertThat(docs.search(sparse).rowsCoveredByIndex()).isEqualTo(ROWS);
    assertThat(answers(requests)).isEqualTo(expected);
  }

  @Test
  void definitionsAreChecked() {
    assertThatThrownBy(() -> docs.createIndex(IndexDefinition.of("x", "sparse", "vector")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'vector' is no sparse vector field (expected one of [terms])");
    assertThatThrownBy(() -> docs.createIndex(TERMS.with("components", "0")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("components is '0' (expected 1 to 65536)");
    assertThatThrownBy(() -> docs.createIndex(TERMS.with("degree", "3")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("unknown setting 'degree' (expected components)");
    assertThatThrownBy(() -> docs.createIndex(IndexDefinition.of("x", "attribute", "terms")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'terms'");
    assertThatThrownBy(() -> docs.createIndex(ALL.get(1).with("x", "3")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("unknown setting 'x' (expected none)");
  }

  @Test
  void aFileWithMoreComponentsThanReservedGetsNone() {
    docs.createIndex(TERMS.with("components", "2"));
    docs.optimize();
    SearchResponse response = docs.search(SearchRequest.of(terms(), 3, "terms"));
    assertThat(response.hits()).hasSize(3);
    assertThat(response.rowsCoveredByIndex()).isZero();
    assertThat(response.strategy()).contains("index 'by_terms': it is not built yet");
  }

  @Test
  void aFilterThatNothingPassesFindsNothing() {
    ALL.forEach(docs::createIndex);
    docs.optimize();
    SearchRequest nothing = SearchRequest.of(terms(), 3, "terms").where(Filter.equal("name", "x"));
    assertThat(docs.search(nothing).hits()).isEmpty();
  }
}
