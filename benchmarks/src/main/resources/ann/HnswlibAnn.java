import com.github.jelmerk.hnswlib.core.DistanceFunction;
import com.github.jelmerk.hnswlib.core.DistanceFunctions;
import com.github.jelmerk.hnswlib.core.Item;
import com.github.jelmerk.hnswlib.core.hnsw.HnswIndex;
import io.proximadb.bench.ann.AnnData;
import io.proximadb.bench.ann.AnnLibrary;
import io.proximadb.bench.ann.AnnWorker;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.util.Arrays;

/** hnswlib-core, a port of hnswlib; a setting is its ef. */
public final class HnswlibAnn implements AnnLibrary {
  private static final int M = 16;
  private static final int EF_CONSTRUCTION = 200;

  /** A row and its vector. */
  public record Row(Integer id, float[] vector, int dimensions) implements Item<Integer, float[]> {}

  private HnswIndex<Integer, float[], Row, Float> index;

  public static void main(String[] arguments) throws IOException {
    AnnWorker.run(new HnswlibAnn(), arguments);
  }

  @Override
  public String name() {
    return "hnswlib-core";
  }

  @Override
  public void build(AnnData data) {
    DistanceFunction<float[], Float> distance =
        data.metric() == Metric.EUCLIDEAN
            ? DistanceFunctions.FLOAT_EUCLIDEAN_DISTANCE
            : DistanceFunctions.FLOAT_INNER_PRODUCT;
    index =
        HnswIndex.newBuilder(data.dimension(), distance, data.rows())
            .withM(M)
            .withEfConstruction(EF_CONSTRUCTION)
            .build();
    for (int row = 0; row < data.rows(); row++) {
      float[] vector =
          Arrays.copyOfRange(data.base(), row * data.dimension(), (row + 1) * data.dimension());
      index.add(new Row(row, vector, data.dimension()));
    }
  }

  @Override
  public long memoryBytes() {
    return -1;
  }

  @Override
  public int[] settings() {
    return new int[] {10, 14, 20, 28, 40, 56, 80, 120, 200, 400};
  }

  @Override
  public int[] search(float[] query, int k, int setting) {
    index.setEf(Math.max(k, setting));
    return index.findNearest(query, k).stream().mapToInt(found -> found.item().id()).toArray();
  }
}
