package io.proximadb.bench.ann;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A collection with a graph index, searched through the engine's API as any program would. A
 * setting above zero is an effort, one below a recall that is asked for, in thousandths.
 */
final class ProximaAnn implements AnnLibrary {
  private static final int BATCH_ROWS = 5_000;
  private static final double THOUSANDTHS = 1e3;

  @SuppressWarnings("NullAway.Init") // prepare sets it
  private ProximaEngine engine;

  @SuppressWarnings("NullAway.Init") // prepare sets it
  private Collection collection;

  private float[] firstRow = {};

  public static void main(String[] arguments) throws IOException {
    AnnWorker.run(new ProximaAnn(), arguments);
  }

  @Override
  public String name() {
    return "ProximaDB";
  }

  @Override
  public void prepare(AnnData data, Path scratch) throws IOException {
    Path folder = Files.createTempDirectory(scratch, "ann-proximadb");
    firstRow = Arrays.copyOf(data.base(), data.dimension());
    engine =
        ProximaEngine.open(
            EngineOptions.local(folder).withCatalogProperty(MaintenanceOptions.THREADS, "0"));
    Runtime.getRuntime().addShutdownHook(new Thread(engine::close));
    collection =
        engine.createCollection(
            CollectionName.parse("rows"),
            CollectionSchema.builder().vector(data.dimension(), data.metric()).build(),
            // One thread, as the peers.
            Map.of(MaintenanceSettings.INDEX_THREADS, "1"));
    List<VectorRecord> records = new ArrayList<>();
    for (int row = 0; row < data.rows(); row++) {
      float[] vector =
          Arrays.copyOfRange(data.base(), row * data.dimension(), (row + 1) * data.dimension());
      records.add(VectorRecord.of(Integer.toString(row), vector, Map.of()));
      if (records.size() == BATCH_ROWS || row == data.rows() - 1) {
        collection.upsert(records);
        records.clear();
      }
    }
    collection.optimize();
  }

  @Override
  public void build(AnnData data) {
    collection.createIndex(IndexDefinition.of("nearest", "hnsw", "vector"));
    collection.optimize();
    IndexInfo built = collection.indexes().get(0);
    if (built.indexedRows() != data.rows()) {
      throw new IllegalStateException("Not all rows are indexed: " + built);
    }
  }

  @Override
  public long memoryBytes() {
    collection.search(SearchRequest.of(firstRow, 1));
    return collection.indexes().get(0).memoryBytes();
  }

  @Override
  public int[] settings() {
    return new int[] {
      -900, -950, -980, -990, 10, 12, 14, 17, 20, 24, 28, 34, 40, 56, 80, 120, 200, 400
    };
  }

  @Override
  public int[] search(float[] query, int k, int setting) {
    SearchRequest request = SearchRequest.of(query, k).returning(List.of());
    List<SearchHit> hits =
        collection
            .search(setting > 0 ? request.effort(setting) : request.recall(-setting / THOUSANDTHS))
            .hits();
    int[] rows = new int[hits.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Integer.parseInt(hits.get(i).id());
    }
    return rows;
  }
}
