package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.VersionedWrite;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Collections whose metadata columns come with the records. */
class EvolvingMetadataTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path folder;

  private volatile boolean failFlushes;

  private EngineOptions options() {
    return Engines.quiet(folder)
        .withFlush(64 << 20, Duration.ofHours(1))
        .withFailPoints(
            step -> {
              if (failFlushes && step.equals("flush.frozen")) {
                throw new UnavailableException("The test lets flushes fail");
              }
            });
  }

  private static Collection create(ProximaEngine engine, String mode) {
    return engine.createCollection(
        DOCS,
        CollectionSchema.builder()
            .vector(2, Metric.EUCLIDEAN)
            .metadata("title", Scalar.STRING)
            .build(),
        Map.of("proximadb.metadata.mode", mode));
  }

  private static VectorRecord record(String id, Map<String, ?> metadata) {
    return VectorRecord.of(id, new float[] {1, 2}, new HashMap<>(metadata));
  }

  private static Map<String, FieldType> columns(Collection docs) {
    Map<String, FieldType> columns = new TreeMap<>();
    for (MetadataField field : docs.schema().metadataFields()) {
      columns.put(field.name(), field.type());
    }
    return columns;
  }

  @Test
  void unknownKeysBecomeColumns() {
    Map<String, Object> metadata =
        Map.of("title", "t", "count", 3, "ok", true, "at", TIME, "tags", List.of("x", "y"));
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, "evolving");
      docs.upsert(List.of(record("a", metadata)));
      docs.compareAndSet(
          List.of(VersionedWrite.insert(record("b", Map.of("count", 4L, "color", "red")))));
      assertThat(columns(docs))
          .isEqualTo(
              Map.of(
                  "title",
                  Scalar.STRING,
                  "count",
                  Scalar.DOUBLE,
                  "ok",
                  Scalar.BOOLEAN,
                  "at",
                  Scalar.TIMESTAMP,
                  "tags",
                  new FieldType.ListOf(Scalar.STRING),
                  "color",
                  Scalar.STRING));
      failFlushes = true;
    }
    failFlushes = false;
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      for (int time = 0; time < 2; time++) {
        Map<String, Object> expected = new HashMap<>(metadata);
        expected.put("count", 3.0);
        assertThat(docs.get("a").orElseThrow().record().metadata()).isEqualTo(expected);
        assertThat(
                docs.search(
                        SearchRequest.of(new float[] {0, 0}, 9)
                            .where(Filter.compare("count", Filter.Operator.GT, 3)))
                    .hits())
            .extracting(SearchHit::id)
            .containsExactly("b");
        docs.flush();
      }
    }
  }

  @Test
  void aConflictOfTypesWritesNothingAndMakesNoColumn() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, "evolving");
      docs.upsert(List.of(record("a", Map.of("count", 1))));
      Map<String, FieldType> before = columns(docs);
      assertThatThrownBy(
              () ->
                  docs.upsert(
                      List.of(
                          record("b", Map.of("fresh", 1)), record("c", Map.of("fresh", "text")))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'fresh'")
          .hasMessageContaining("'c'");
      assertThatThrownBy(
              () -> docs.upsert(List.of(record("b", Map.of("count", "text", "fresh", 1)))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'count'");
      assertThat(columns(docs)).isEqualTo(before);
      assertThat(docs.get(List.of("b", "c"))).isEmpty();
    }
  }

  @Test
  void whatCanBeNoColumnIsKeptAsJson() {
    Map<String, Object> metadata = new HashMap<>();
    for (int i = 0; i < 300; i++) {
      metadata.put("k" + i, i);
    }
    metadata.put("odd-name", "dash");
    metadata.put("TITLE", "other case");
    metadata.put("nested", Map.of("deep", List.of(1, "two", Map.of("three", 3))));
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, "evolving");
      docs.upsert(List.of(record("a", metadata)));
      assertThat(columns(docs))
          .hasSize(EXPECTED_COLUMNS)
          .containsEntry("metadata_json", Scalar.STRING);
      VectorRecord read = docs.get("a").orElseThrow().record();
      String json = (String) read.metadata().get("metadata_json");
      assertThat(json)
          .contains("\"odd-name\":\"dash\"")
          .contains("\"TITLE\":\"other case\"")
          .contains("{\"deep\":[1,\"two\",{\"three\":3}]}");
      // What was read can be written again, with another key of that kind.
      Map<String, Object> again = new HashMap<>(read.metadata());
      again.put("one-more", 1);
      docs.flush();
      docs.upsert(List.of(record("a", again)));
      assertThat((String) docs.get("a").orElseThrow().record().metadata().get("metadata_json"))
          .contains("\"odd-name\":\"dash\"")
          .contains("\"one-more\":1");
      assertThat(columns(docs)).hasSize(EXPECTED_COLUMNS);
      assertThatThrownBy(
              () ->
                  docs.upsert(
                      List.of(record("b", Map.of("metadata_json", "no object", "odd-name", 1)))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("JSON object");
    }
  }

  private static final int EXPECTED_COLUMNS = 256 + 1;

  @Test
  void writersAgreeOnNewColumns() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, "evolving");
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        String prefix = "t" + thread + "-";
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 8; i++) {
                    docs.upsert(List.of(record(prefix + i, Map.of("shared" + i, i))));
                  }
                }));
      }
      for (Future<?> future : done) {
        future.get();
      }
      assertThat(columns(docs)).hasSize(9);
      for (int thread = 0; thread < 4; thread++) {
        for (int i = 0; i < 8; i++) {
          assertThat(docs.get("t" + thread + "-" + i).orElseThrow().record().metadata())
              .isEqualTo(Map.of("shared" + i, (double) i));
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aStrictCollectionRefusesThem() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, "strict");
      assertThatThrownBy(() -> docs.upsert(List.of(record("a", Map.of("count", 1)))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'count'");
      assertThat(engine.dropCollection(DOCS)).isTrue();
      Collection wrong = create(engine, "loose");
      assertThatThrownBy(() -> wrong.upsert(List.of(record("a", Map.of("count", 1)))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'loose'");
    }
  }
}
