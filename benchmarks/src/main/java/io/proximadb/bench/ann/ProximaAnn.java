package io.proximadb.bench.ann;

import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.model.IndexDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A collection with an index, searched through the engine's API as any program would. A setting
 * above zero is an effort, one below a recall that is asked for, in thousandths.
 */
final class ProximaAnn implements AnnLibrary {
  private static final double THOUSANDTHS = 1e3;

  /** What is asked for of every kind of index. */
  private static final int[] RECALLS = {-900, -950, -980, -990};

  /** Rows that a walk through a graph keeps. */
  private static final int[] KEPT = {10, 12, 14, 17, 20, 24, 28, 34, 40, 56, 80, 120, 200, 400};

  /** Lists that are looked through. */
  private static final int[] LISTS = {1, 2, 3, 4, 6, 8, 11, 16, 22, 32, 45, 64, 90, 128};

  private final IndexDefinition index;

  @SuppressWarnings("NullAway.Init") // prepare sets it
  private AnnCollection collection;

  private ProximaAnn(IndexDefinition index) {
    this.index = index;
  }

  /**
   * Runs a worker.
   *
   * @param arguments the file of the vectors, and the index as {@link DenseIndexes} reads it
   */
  public static void main(String[] arguments) throws IOException {
    AnnWorker.run(new ProximaAnn(DenseIndexes.parse(arguments[1])), arguments);
  }

  @Override
  public String name() {
    return "ProximaDB " + DenseIndexes.text(index);
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
    IndexInfo built = collection.index(index);
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
    int[] efforts =
        switch (index.type()) {
          case "hnsw" -> KEPT;
          case "ivf" -> LISTS;
          // One that is exact has no effort.
          default -> new int[0];
        };
    return IntStream.concat(Arrays.stream(RECALLS), Arrays.stream(efforts)).toArray();
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
