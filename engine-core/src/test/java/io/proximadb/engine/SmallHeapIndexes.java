package io.proximadb.engine;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The process of {@link IndexHeapTest}: builds indexes in a heap that does not hold their vectors
 * besides, within the memory that builds may take, and says what became of each.
 */
final class SmallHeapIndexes {
  static final int ROWS = 36_000;
  static final int DIMENSION = 384;

  /** What builds may take; the rest of the heap is for one index in memory and for the engine. */
  static final long BUILD_BYTES = 54L << 20;

  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int BATCH_ROWS = 500;
  private static final int CENTRES = 40;

  private SmallHeapIndexes() {}

  /** Writes the rows, which takes more memory: a row group is made in it. */
  static void fill(Path folder) {
    Random random = new Random(7);
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(folder))) {
      Collection docs =
          engine.createCollection(
              DOCS,
              CollectionSchema.builder().vector(DIMENSION, Metric.EUCLIDEAN).build(),
              Map.of(
                  MaintenanceSettings.INDEX_BUILD_BYTES,
                  Long.toString(BUILD_BYTES),
                  MaintenanceSettings.INDEX_THREADS,
                  "2"));
      for (int from = 0; from < ROWS; from += BATCH_ROWS) {
        List<VectorRecord> records = new ArrayList<>();
        for (int i = from; i < from + BATCH_ROWS; i++) {
          records.add(VectorRecord.of("r" + i, vector(random), Map.of()));
        }
        docs.upsert(records);
      }
      docs.optimize();
    }
  }

  public static void main(String[] arguments) {
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(Path.of(arguments[0])))) {
      Collection docs = engine.collection(DOCS);
      Random random = new Random(8);
      for (IndexDefinition index : indexes()) {
        docs.createIndex(index);
        docs.optimize();
        IndexInfo built = docs.indexes().get(0);
        SearchResponse answer = docs.search(SearchRequest.of(vector(random), 10).effort(40));
        System.out.println(
            index.name()
                + " complete="
                + built.isComplete()
                + " covered="
                + answer.rowsCoveredByIndex()
                + " hits="
                + answer.hits().size());
        docs.dropIndex(index.name());
      }
    }
    System.out.println("end");
  }

  static List<IndexDefinition> indexes() {
    return List.of(
        IndexDefinition.of("graph", "hnsw", "vector")
            .with("beam", "8")
            .with("degree", "16")
            .with("codes", "96"),
        IndexDefinition.of("bits", "hnsw", "vector")
            .with("beam", "8")
            .with("degree", "16")
            .with("codes", "96")
            .with("bits", "4"),
        IndexDefinition.of("lists", "ivf", "vector").with("codes", "96"),
        IndexDefinition.of("exact", "flat", "vector").with("directions", "96"));
  }

  private static float[] vector(Random random) {
    Random centre = new Random(random.nextInt(CENTRES));
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = centre.nextFloat() + 0.3f * random.nextFloat();
    }
    return vector;
  }
}
