import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.quantization.PQVectors;
import io.github.jbellis.jvector.quantization.ProductQuantization;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import io.proximadb.bench.ann.AnnData;
import io.proximadb.bench.ann.AnnLibrary;
import io.proximadb.bench.ann.AnnWorker;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;

/**
 * JVector's graph in memory. A setting is the number of candidates; negative ones walk by product
 * quantization and rank the candidates exactly.
 */
public final class JVectorAnn implements AnnLibrary {
  private static final VectorTypeSupport TYPES =
      VectorizationProvider.getInstance().getVectorTypeSupport();
  private static final int DEGREE = 32;
  private static final int BEAM = 100;
  private static final float OVERFLOW = 1.2f;
  private static final float ALPHA = 1.2f;

  private VectorSimilarityFunction similarity;
  private RandomAccessVectorValues vectors;
  private PQVectors codes;
  private GraphSearcher searcher;

  public static void main(String[] arguments) throws IOException {
    AnnWorker.run(new JVectorAnn(), arguments);
  }

  @Override
  public String name() {
    return "JVector 4";
  }

  @Override
  public void build(AnnData data) throws IOException {
    similarity =
        data.metric() == Metric.EUCLIDEAN
            ? VectorSimilarityFunction.EUCLIDEAN
            : VectorSimilarityFunction.DOT_PRODUCT;
    List<VectorFloat<?>> list = new ArrayList<>();
    for (int row = 0; row < data.rows(); row++) {
      list.add(
          TYPES.createFloatVector(
              Arrays.copyOfRange(
                  data.base(), row * data.dimension(), (row + 1) * data.dimension())));
    }
    vectors = new ListRandomAccessVectorValues(list, data.dimension());
    BuildScoreProvider scores =
        BuildScoreProvider.randomAccessScoreProvider(vectors, similarity);
    try (GraphIndexBuilder builder =
        new GraphIndexBuilder(
            scores, data.dimension(), DEGREE, BEAM, OVERFLOW, ALPHA, true)) {
      ImmutableGraphIndex graph = builder.build(vectors);
      searcher = new GraphSearcher(graph);
      int subspaces = data.dimension() / (data.dimension() > 200 ? 8 : 4);
      ProductQuantization quantization =
          ProductQuantization.compute(
              vectors, subspaces, 256, data.metric() == Metric.EUCLIDEAN);
      codes = quantization.encodeAll(vectors, ForkJoinPool.commonPool());
    }
  }

  @Override
  public long memoryBytes() {
    return -1;
  }

  @Override
  public int[] settings() {
    return new int[] {
      10, 14, 20, 28, 40, 56, 80, 120, 200, 400, -16, -24, -32, -48, -64, -96, -128, -200, -400
    };
  }

  @Override
  public int[] search(float[] query, int k, int setting) {
    VectorFloat<?> vector = TYPES.createFloatVector(query);
    DefaultSearchScoreProvider scores;
    if (setting > 0) {
      scores = DefaultSearchScoreProvider.exact(vector, similarity, vectors);
    } else {
      scores =
          new DefaultSearchScoreProvider(
              codes.precomputedScoreFunctionFor(vector, similarity),
              DefaultSearchScoreProvider.exact(vector, similarity, vectors)
                  .exactScoreFunction());
    }
    SearchResult found = searcher.search(scores, k, Math.abs(setting), 0, 0, Bits.ALL);
    return Arrays.stream(found.getNodes()).mapToInt(node -> node.node).toArray();
  }
}
