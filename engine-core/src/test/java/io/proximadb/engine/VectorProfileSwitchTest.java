package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A collection changes how its vectors are stored, back and forth, and answers the same. */
class VectorProfileSwitchTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 64;
  private static final String SETTING = "proximadb.vector.vector.";

  @TempDir Path folder;

  private final Random random = Seed.random("VectorProfileSwitchTest");
  private final List<float[]> queries = new ArrayList<>();

  private void set(String key, String value) {
    try (Warehouse warehouse = Warehouse.open(Engines.quiet(folder).catalog())) {
      warehouse.load(DOCS).table().updateProperties().set(SETTING + key, value).commit();
    }
  }

  private long bytes() {
    try (Warehouse warehouse = Warehouse.open(Engines.quiet(folder).catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      int element = table.table().schema().findType("vector").asListType().elementId();
      return table.liveFiles().stream()
          .map(LiveFile::dataFile)
          .mapToLong(file -> file.columnSizes().get(element))
          .sum();
    }
  }

  private static Collection create(ProximaEngine engine) {
    return engine.createCollection(
        DOCS,
        CollectionSchema.builder()
            .vector(DIMENSION, Metric.EUCLIDEAN)
            .metadata("number", Scalar.LONG)
            .build());
  }

  /** Four files of one tier, so that a compaction merges them. */
  private void fill(Collection docs, double zeroShare) {
    for (int file = 0; file < 4; file++) {
      List<VectorRecord> records = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        float[] vector = RandomCollections.vector(DIMENSION, random);
        for (int d = 0; d < DIMENSION; d++) {
          vector[d] = random.nextDouble() < zeroShare ? 0 : Math.round(vector[d] * 100) / 128f;
        }
        String id = "r" + (100 * file + i);
        records.add(VectorRecord.of(id, vector, Map.of("number", (long) i)));
      }
      docs.upsert(records);
      docs.flush();
    }
  }

  /** Hits of searches, all rows and filtered ones, and vectors by id. */
  private List<Object> answers(Collection docs) {
    while (queries.size() < 5) {
      queries.add(RandomCollections.vector(DIMENSION, random));
    }
    List<Object> answers = new ArrayList<>();
    for (float[] query : queries) {
      SearchResponse all = docs.search(SearchRequest.of(query, 20));
      SearchResponse few =
          docs.search(
              SearchRequest.of(query, 20).where(Filter.compare("number", Filter.Operator.LT, 5)));
      answers.add(all.hits());
      answers.add(few.hits());
    }
    docs.get(List.of("r3", "r250", "r399"))
        .forEach(record -> answers.add(List.of(box(record.record().vectors().get("vector")))));
    return answers;
  }

  private static List<Float> box(float[] vector) {
    List<Float> boxed = new ArrayList<>();
    for (float component : vector) {
      boxed.add(component);
    }
    return boxed;
  }

  @Test
  void theUserChangesTheProfile() {
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      Collection docs = create(engine);
      set("profile", "cold");
      fill(docs, 0);
      List<Object> before = answers(docs);
      long flushed = bytes();
      engine.maintain(DOCS);
      assertThat(answers(docs)).isEqualTo(before);
      long cold = bytes();
      assertThat(cold).isLessThan(flushed * 3 / 4);
      set("profile", "hot");
      engine.maintain(DOCS);
      assertThat(answers(docs)).isEqualTo(before);
      assertThat(bytes()).isGreaterThanOrEqualTo(4L * DIMENSION * 400);
      set("profile", "cold");
      engine.maintain(DOCS);
      assertThat(bytes()).isEqualTo(cold);
      assertThat(answers(docs)).isEqualTo(before);
      // Nothing is left to do.
      assertThat(engine.maintain(DOCS)).isEmpty();
    }
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      assertThat(answers(engine.collection(DOCS))).hasSize(13);
    }
  }

  @Test
  void theDataChangesTheProfile() {
    long plain = 4L * DIMENSION * 400;
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      Collection docs = create(engine);
      for (double zeroShare : new double[] {0.95, 0.1, 0.9}) {
        fill(docs, zeroShare);
        List<Object> before = answers(docs);
        engine.maintain(DOCS);
        assertThat(answers(docs)).isEqualTo(before);
        if (zeroShare > 0.8) {
          assertThat(bytes()).isLessThan(plain / 2);
        } else {
          assertThat(bytes()).isGreaterThanOrEqualTo(plain);
        }
      }
    }
  }
}
