package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.catalog.Warehouse;
import io.proximadb.io.ReadStatistics;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first search of a process in a table on a store of the S3 protocol reads what it needs. */
class ColdClusteredSearchTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 256;
  private static final int ROWS = 30_000;
  private static final int TOPICS = 500;
  private static final int K = 10;
  private static final int CLUSTERS = 4;
  private static final int QUERIES = 4;

  /** What does not grow with the table: the end of the file, gaps read over, pages of ids. */
  private static final long FIXED_BYTES = 2L << 20;

  @TempDir Path temp;

  private EngineOptions options(S3Server server, String home) {
    Map<String, String> properties = new HashMap<>(S3Server.properties(server.port()));
    properties.put(Warehouse.WAREHOUSE, "s3a://" + S3Server.BUCKET + "/" + temp.getFileName());
    properties.put(Warehouse.CATALOG_FILE, temp.resolve("catalog.db").toString());
    return EngineOptions.of(properties)
        .withHome(temp.resolve(home))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withCatalogProperty("proximadb.maintenance.threads", "0");
  }

  private static float[] near(float[] topic, Random random) {
    float[] vector = topic.clone();
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] += (float) (0.5 * random.nextGaussian());
    }
    return vector;
  }

  private static List<String> ids(Collection docs, SearchRequest request) {
    return docs.search(request).hits().stream().map(SearchHit::id).toList();
  }

  @Test
  void fewRequestsAndATenthOfTheVectorsAreEnough() throws Exception {
    Random random = Seed.random("ColdClusteredSearchTest");
    float[][] topics = new float[TOPICS][DIMENSION];
    for (float[] topic : topics) {
      for (int i = 0; i < DIMENSION; i++) {
        topic[i] = (float) random.nextGaussian();
      }
    }
    List<float[]> queries = new ArrayList<>();
    List<Set<String>> expected = new ArrayList<>();
    try (S3Server server = new S3Server()) {
      try (ProximaEngine engine = ProximaEngine.open(options(server, "home"))) {
        Collection docs =
            engine.createCollection(
                DOCS,
                CollectionSchema.builder()
                    .vector(DIMENSION, Metric.EUCLIDEAN)
                    .metadata("number", Scalar.LONG)
                    .build());
        for (int from = 0; from < ROWS; from += 2_000) {
          List<VectorRecord> batch = new ArrayList<>();
          for (int i = from; i < from + 2_000; i++) {
            batch.add(
                VectorRecord.of(
                    "r" + i,
                    near(topics[random.nextInt(TOPICS)], random),
                    Map.of("number", (long) i)));
          }
          docs.upsert(batch);
        }
        docs.flush();
        assertThat(engine.maintain(DOCS)).hasSizeGreaterThanOrEqualTo(2);
        docs.refresh();
        for (int i = 0; i < QUERIES; i++) {
          queries.add(near(topics[random.nextInt(TOPICS)], random));
          expected.add(new HashSet<>(ids(docs, SearchRequest.of(queries.get(i), K))));
        }
      }
      int found = 0;
      for (int i = 0; i < QUERIES; i++) {
        try (ProximaEngine engine = ProximaEngine.open(options(server, "home"))) {
          // Opening the file is part of it; the model is in this process already: one request more.
          ReadStatistics before = ReadStatistics.now();
          Collection docs = engine.collection(DOCS);
          docs.refresh();
          List<String> hits = ids(docs, SearchRequest.of(queries.get(i), K).clusters(CLUSTERS));
          ReadStatistics read = ReadStatistics.now().since(before);
          System.out.printf(
              Locale.ROOT,
              "cold search: %d requests, %.1f %% of the vectors' bytes%n",
              read.requests(),
              100.0 * read.bytes() / (4.0 * DIMENSION * ROWS));
          assertThat(read.requests()).isLessThan(32);
          assertThat(read.bytes()).isLessThan(4L * DIMENSION * ROWS / 10 + FIXED_BYTES);
          found += (int) hits.stream().filter(expected.get(i)::contains).count();
        }
      }
      assertThat((double) found / (K * QUERIES)).isGreaterThanOrEqualTo(0.9);
    }
  }
}
