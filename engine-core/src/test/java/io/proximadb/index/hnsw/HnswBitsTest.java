package io.proximadb.index.hnsw;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.IndexType;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.testkit.DirectRows;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.VectorIndexContract;
import io.proximadb.vector.DistanceFunction;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A graph whose rows are coded by four bits. */
class HnswBitsTest extends VectorIndexContract {
  @Override
  protected IndexType type() {
    return new HnswType();
  }

  @Override
  protected IndexDefinition definition() {
    return super.definition().with("bits", "4");
  }

  @Test
  void anAnswerSaysByHowManyBits() {
    Random random = Seed.random("HnswBitsTest");
    float[] vectors = new float[400 * 8];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = (float) random.nextGaussian();
    }
    DirectRows rows = new DirectRows(vectors, 8);
    for (int bits : new int[] {2, 8}) {
      HnswSettings settings = HnswSettings.usual().withBeam(20).withBits(bits);
      HnswIndex index = HnswIndex.build(rows, Metric.EUCLIDEAN, settings, IndexBuild.inCaller());
      float[] query = rows.row(7);
      IndexAnswer answer =
          index
              .newSearcher(rows)
              .search(
                  new IndexQuery(
                      query,
                      DistanceFunction.of(Metric.EUCLIDEAN, query),
                      10,
                      Double.POSITIVE_INFINITY,
                      0.95,
                      40,
                      null,
                      400,
                      null));
      assertThat(answer).isNotNull();
      assertThat(answer.how()).isEqualTo(bits == 2 ? "walk by 2 bits" : "walk");
    }
  }
}
