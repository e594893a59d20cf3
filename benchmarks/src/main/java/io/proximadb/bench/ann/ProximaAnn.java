package io.proximadb.bench.ann;

import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A collection with a graph index, searched through the engine's API as any program would. A
 * setting above zero is an effort, one below a recall that is asked for, in thousandths.
 */
final class ProximaAnn implements AnnLibrary {
  private static final double THOUSANDTHS = 1e3;

  @SuppressWarnings("NullAway.Init") // prepare sets it
  private AnnCollection collection;

  public static void main(String[] arguments) throws IOException {
    AnnWorker.run(new ProximaAnn(), arguments);
  }

  @Override
  public String name() {
    return "ProximaDB";
  }

  @Override
  public void prepare(AnnData data, Path scratch) throws IOException {
    collection =
        new AnnCollection(Files.createTempDirectory(scratch, "ann-proximadb"), data, List.of());
    Runtime.getRuntime().addShutdownHook(new Thread(collection::close));
    collection.write(IntStream.range(0, data.rows()).toArray(), row -> Map.of());
    collection.collection().optimize();
  }

  @Override
  public void build(AnnData data) {
    IndexInfo built = collection.index("nearest", "hnsw", "vector");
    if (built.indexedRows() != data.rows()) {
      throw new IllegalStateException("Not all rows are indexed: " + built);
    }
  }

  @Override
  public long memoryBytes() {
    // The first search loads it.
    collection.collection().search(SearchRequest.of(collection.query(0), 1));
    return collection.collection().indexes().get(0).memoryBytes();
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
            .collection()
            .search(setting > 0 ? request.effort(setting) : request.recall(-setting / THOUSANDTHS))
            .hits();
    int[] rows = new int[hits.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Integer.parseInt(hits.get(i).id());
    }
    return rows;
  }
}
