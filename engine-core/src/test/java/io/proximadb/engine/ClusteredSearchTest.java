package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.ClusterId;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.clusters.FileClusters;
import io.proximadb.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A collection from its first rows to clusters, and searches that look into some of them. */
class ClusteredSearchTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 16;
  private static final int TOPICS = 300;
  private static final int K = 10;

  @TempDir Path folder;

  private final List<String> steps = new ArrayList<>();
  private String dieAt = "";

  private EngineOptions options() {
    return EngineOptions.local(folder)
        .withFlush(64 << 20, Duration.ofDays(1))
        .withCatalogProperty("proximadb.maintenance.threads", "0")
        .withFailPoints(
            step -> {
              steps.add(step);
              if (step.equals(dieAt)) {
                throw new IllegalStateException("died at " + step);
              }
            });
  }

  private static CollectionSchema schema(Metric metric) {
    return CollectionSchema.builder()
        .vector(DIMENSION, metric)
        .metadata("number", Scalar.LONG)
        .build();
  }

  /** Rows around random topics, as embeddings are. */
  private static final class Source {
    private final Random random;
    private final float[][] topics = new float[TOPICS][];
    private int next;

    Source(Random random, double offset) {
      this.random = random;
      for (int i = 0; i < TOPICS; i++) {
        topics[i] = new float[DIMENSION];
        for (int d = 0; d < DIMENSION; d++) {
          topics[i][d] = (float) (offset + random.nextGaussian());
        }
      }
    }

    float[] vector() {
      float[] vector = topics[random.nextInt(TOPICS)].clone();
      for (int d = 0; d < DIMENSION; d++) {
        vector[d] += (float) (0.35 * random.nextGaussian());
      }
      return vector;
    }

    List<VectorRecord> records(int count) {
      List<VectorRecord> records = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = next++;
        records.add(VectorRecord.of("r" + number, vector(), Map.of("number", (long) number)));
      }
      return records;
    }
  }

  private static List<String> lastIds(Source source, int count) {
    List<String> ids = new ArrayList<>();
    for (int i = source.next - count; i < source.next; i++) {
      ids.add("r" + i);
    }
    return ids;
  }

  private static void fill(Collection docs, Source source, int rows, int flushes) {
    for (int i = 0; i < flushes; i++) {
      docs.upsert(source.records(rows / flushes));
      docs.flush();
    }
  }

  private static List<String> ids(SearchResponse response) {
    return response.hits().stream().map(SearchHit::id).toList();
  }

  private static double recall(Collection docs, Source source, int clusters, int queries) {
    int found = 0;
    for (int i = 0; i < queries; i++) {
      SearchRequest exact = SearchRequest.of(source.vector(), K);
      Set<String> expected = new HashSet<>(ids(docs.search(exact)));
      for (String id : ids(docs.search(exact.clusters(clusters)))) {
        found += expected.contains(id) ? 1 : 0;
      }
    }
    return (double) found / (K * queries);
  }

  private static Map<Long, Long> rowsByCluster(Collection docs) {
    Map<Long, Long> rows = new TreeMap<>();
    try (ScanResult scan = docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("_cluster_id")))) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          Long id = (Long) batch.column("_cluster_id").value(i);
          rows.merge(id == null ? ClusterId.NONE : id, 1L, Long::sum);
        }
      }
    }
    return rows;
  }

  private static List<String> maintained(ProximaEngine engine) {
    List<String> what = engine.maintain(DOCS).stream().map(MaintenanceResult::what).toList();
    engine.collection(DOCS).refresh();
    return what;
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void fewClustersHoldTheAnswerAndAllAreExact(Metric metric) {
    Random random = Seed.random("ClusteredSearchTest." + metric);
    Source source = new Source(random, 0);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, schema(metric));
      fill(docs, source, 10_000, 2);
      assertThat(rowsByCluster(docs)).containsOnlyKeys(ClusterId.NONE);
      SearchRequest unclustered = SearchRequest.of(source.vector(), K).clusters(3);
      assertThat(docs.search(unclustered).recall()).isEqualTo(OptionalDouble.of(1));
      assertThat(maintained(engine).get(0)).contains("trained", "generation 1", "first");
      fill(docs, source, 2_000, 1);
      docs.upsert(source.records(50));
      docs.delete(List.of("r5", "r11000", "r12001"));
      Map<Long, Long> rows = rowsByCluster(docs);
      assertThat(rows.keySet()).allMatch(id -> id < 0 || ClusterId.generation(id) == 1);
      assertThat(rows.size()).isBetween(90, 112);
      // What is in memory has no cluster yet.
      assertThat(rows.get(ClusterId.NONE)).isEqualTo(49);

      SearchRequest request = SearchRequest.of(source.vector(), K);
      SearchResponse few = docs.search(request.clusters(10));
      assertThat(few.recall()).isEmpty();
      assertThat(few.rowsScannedExactly()).isBetween(300L, 4_000L);
      assertThat(few.strategy()).startsWith("clusters: the nearest 10 of 1");
      assertThat(recall(docs, source, 10, 40)).isGreaterThan(metric == Metric.DOT ? 0.8 : 0.9);
      for (int i = 0; i < 20; i++) {
        SearchRequest exact = SearchRequest.of(source.vector(), 1 + random.nextInt(50));
        if (i % 2 == 0) {
          exact = exact.where(Filter.compare("number", Filter.Operator.GT, random.nextInt(12_000)));
        }
        SearchResponse all = docs.search(exact.clusters(100_000));
        assertThat(all.hits()).isEqualTo(docs.search(exact).hits());
        assertThat(all.recall()).isEqualTo(OptionalDouble.of(1));
        assertThat(all.rowsScannedExactly()).isEqualTo(docs.search(exact).rowsScannedExactly());
      }
    }
  }

  @Test
  void answersAreNeverShort() {
    Random random = Seed.random("ClusteredSearchTest.short");
    Source source = new Source(random, 0);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, schema(Metric.EUCLIDEAN));
      fill(docs, source, 10_000, 2);
      maintained(engine);
      for (int i = 0; i < 50; i++) {
        int matching = random.nextInt(40);
        SearchRequest request =
            SearchRequest.of(source.vector(), 1 + random.nextInt(60))
                .where(Filter.compare("number", Filter.Operator.LT, matching))
                .clusters(1 + random.nextInt(3));
        SearchResponse found = docs.search(request);
        assertThat(found.hits()).hasSize(Math.min(request.k(), matching));
        if (found.recall().isPresent()) {
          assertThat(found.hits())
              .isEqualTo(
                  docs.search(
                          SearchRequest.of(request.vector(), request.k()).where(request.filter()))
                      .hits());
        } else {
          assertThat(found.strategy()).startsWith("clusters: the nearest");
        }
      }
      SearchRequest many = SearchRequest.of(source.vector(), 5_000).clusters(1);
      assertThat(docs.search(many).hits()).hasSize(5_000);
    }
  }

  @Test
  void nearestClustersAreThoseThatASearchReads() {
    Random random = Seed.random("ClusteredSearchTest.nearest");
    Source source = new Source(random, 0);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, schema(Metric.COSINE));
      float[] query = source.vector();
      assertThat(docs.nearestClusters(query, 4, null)).isEmpty();
      fill(docs, source, 10_000, 1);
      maintained(engine);
      List<Long> nearest = docs.nearestClusters(query, 4, "vector");
      assertThat(nearest).hasSize(4).allMatch(id -> ClusterId.generation(id) == 1);
      Map<Long, Long> rows = rowsByCluster(docs);
      assertThat(rows).doesNotContainKey(ClusterId.NONE);
      long expected = nearest.stream().mapToLong(rows::get).sum();
      SearchResponse found = docs.search(SearchRequest.of(query, 1).clusters(4));
      assertThat(found.rowsScannedExactly()).isEqualTo(expected);
      assertThatThrownBy(() -> docs.nearestClusters(query, 0, null))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> docs.nearestClusters(query, 1, "other"))
          .isInstanceOf(InvalidArgumentException.class);
      assertThatThrownBy(() -> SearchRequest.of(query, 1).clusters(0))
          .isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  void aDamagedModelCostsSpeedAndNothingElse() throws IOException {
    Random random = Seed.random("ClusteredSearchTest.damaged");
    Source source = new Source(random, 0);
    SearchRequest request = SearchRequest.of(source.vector(), K);
    List<SearchHit> expected;
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, schema(Metric.EUCLIDEAN));
      fill(docs, source, 10_000, 1);
      engine.maintain(DOCS);
      expected = docs.search(request).hits();
    }
    Path model;
    try (Stream<Path> files = Files.walk(folder)) {
      model = files.filter(file -> file.toString().endsWith(".model-v1")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(model);
    bytes[bytes.length / 2] ^= 1;
    // Another name, so that what this process has cached is of no use.
    Path next = model.resolveSibling(model.getFileName().toString().replace("-1.", "-2."));
    Files.write(next, bytes);
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      int field = ClusterModels.fieldId(table.context(), ClusterModels.field(table.context()));
      RowLevelCommit.on(table).setProperty(ClusterModels.property(field), "2").commit();
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      fill(docs, source, 100, 1);
      assertThat(rowsByCluster(docs).get(ClusterId.NONE)).isEqualTo(100);
      docs.delete(lastIds(source, 100));
      docs.flush();
      assertThat(docs.search(request).hits()).isEqualTo(expected);
      assertThat(docs.search(request.clusters(1_000)).hits()).isEqualTo(expected);
      // The stray file keeps its number.
      assertThat(maintained(engine).get(0)).contains("generation 3", "cannot be read");
      assertThat(docs.search(request.clusters(1_000)).hits()).isEqualTo(expected);
    }
  }

  @Test
  void aCrashBetweenModelAndCommitLeavesAStrayFile() {
    Random random = Seed.random("ClusteredSearchTest.crash");
    Source source = new Source(random, 0);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, schema(Metric.EUCLIDEAN));
      fill(docs, source, 10_000, 1);
      dieAt = "recluster.written";
      assertThatThrownBy(() -> engine.maintain(DOCS)).hasMessageContaining("died at");
      dieAt = "";
      docs.refresh();
      fill(docs, source, 100, 1);
      assertThat(rowsByCluster(docs)).containsOnlyKeys(ClusterId.NONE);
      assertThat(maintained(engine).get(0)).contains("generation 2");
      assertThat(rowsByCluster(docs).keySet())
          .allMatch(id -> id == ClusterId.NONE || ClusterId.generation(id) == 2);
    }
  }

  @Test
  void driftIsNoticedAndMended() {
    Random random = Seed.random("ClusteredSearchTest.drift");
    Source source = new Source(random, 0);
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = Warehouse.open(options().catalog())) {
      Collection docs = engine.createCollection(DOCS, schema(Metric.EUCLIDEAN));
      fill(docs, source, 10_000, 4);
      assertThat(maintained(engine)).hasSizeGreaterThanOrEqualTo(1);
      fill(docs, source, 6_000, 2);
      // More of the same is no drift.
      assertThat(maintained(engine)).noneMatch(what -> what.contains("trained"));
      Source drifted = new Source(random, 1.5);
      drifted.next = source.next;
      fill(docs, drifted, 6_000, 2);
      long before = rowsRead(docs, drifted, 5);
      assertThat(maintained(engine).get(0)).contains("generation 2", "as far from their centroids");
      Map<Long, Long> rows = rowsByCluster(docs);
      assertThat(rows.keySet()).allMatch(id -> ClusterId.generation(id) == 2);
      assertThat(rowsRead(docs, drifted, 5)).isLessThan(before / 2);
      assertThat(recall(docs, drifted, 5, 40)).isGreaterThan(0.85);
      assertThat(maintained(engine)).isEmpty();
      CollectionTable table = warehouse.load(DOCS);
      for (LiveFile file : table.liveFiles()) {
        assertThat(FileClusters.isOutdated(table.context(), file.dataFile(), 2)).isFalse();
        assertThat(FileClusters.isOutdated(table.context(), file.dataFile(), 1)).isTrue();
      }
      ranges(table);
    }
  }

  private static long rowsRead(Collection docs, Source source, int clusters) {
    long rows = 0;
    for (int i = 0; i < 20; i++) {
      rows +=
          docs.search(SearchRequest.of(source.vector(), K).clusters(clusters)).rowsScannedExactly();
    }
    return rows;
  }

  /** Bounds in the manifests are those of the column: a foreign engine can prune by them. */
  private static void ranges(CollectionTable table) {
    int id = table.context().icebergSchema().findField("_cluster_id").fieldId();
    assertThat(table.liveFiles()).allMatch(file -> file.dataFile().lowerBounds().containsKey(id));
  }
}
