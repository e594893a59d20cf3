package io.proximadb.bench.ann;

import io.proximadb.index.IndexBuild;
import io.proximadb.index.hnsw.HnswIndex;
import io.proximadb.index.hnsw.HnswSearcher;
import io.proximadb.index.hnsw.HnswSettings;
import io.proximadb.storage.VectorRows;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Our graph over a mapped file of vectors. A setting is {@code ef * 1000 + rank}. */
final class ProximaAnn implements AnnLibrary {
  private final HnswSettings settings = HnswSettings.usual();

  @SuppressWarnings("NullAway.Init") // build sets it
  private HnswIndex index;

  @SuppressWarnings("NullAway.Init") // build sets it
  private HnswSearcher searcher;

  public static void main(String[] arguments) throws IOException {
    AnnWorker.run(new ProximaAnn(), arguments);
  }

  @Override
  public String name() {
    return "ProximaDB";
  }

  @Override
  public void build(AnnData data) throws IOException {
    Path file = Files.createTempFile("ann-rows", ".f32");
    file.toFile().deleteOnExit();
    VectorRows rows = new Rows(AnnData.mapped(data.base(), file), data.dimension());
    index = HnswIndex.build(rows, data.metric(), settings, IndexBuild.inCaller());
    searcher = new HnswSearcher(index, rows);
  }

  @Override
  public long memoryBytes() {
    return index.memoryBytes();
  }

  @Override
  public int[] settings() {
    return new int[] {14012, 18014, 24016, 32018, 44020, 60024, 80028, 120032, 200040, 400050};
  }

  @Override
  public int[] search(float[] query, int k, int setting) {
    return searcher.search(query, k, setting / 1000, setting % 1000, null).rows();
  }

  /** All rows in one run. */
  private record Rows(ByteBuffer bytes, int dimension) implements VectorRows {
    @Override
    public int rowCount() {
      return bytes.limit() / Float.BYTES / dimension;
    }

    @Override
    public void copy(int firstRow, int rows, float[] target, int targetOffset) {
      int rowBytes = dimension * Float.BYTES;
      bytes
          .slice(firstRow * rowBytes, rows * rowBytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(target, targetOffset, rows * dimension);
    }

    @Override
    public int blockCount() {
      return 1;
    }

    @Override
    public int firstRow(int block) {
      return block == 0 ? 0 : rowCount();
    }

    @Override
    public ByteBuffer block(int block) {
      return bytes;
    }
  }
}
