package io.proximadb.index.hnsw;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.index.IndexBuild;
import io.proximadb.model.Metric;
import io.proximadb.testkit.DirectRows;
import io.proximadb.testkit.Seed;
import io.proximadb.vector.DistanceFunction;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An index that takes over what an earlier one has of the same rows. */
class GraphCarrierTest {
  private static final int DIMENSION = 20;
  private static final int QUERIES = 200;
  private static final HnswSettings SETTINGS = HnswSettings.usual().withDegree(16);

  private final Random random = Seed.random("GraphCarrierTest");

  private float[] vectors(int count) {
    float[] vectors = new float[count * DIMENSION];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = (float) (random.nextGaussian() + 3 * ((i / DIMENSION) % 7));
    }
    return vectors;
  }

  /** Rows of which some are those of another source, in an order of their own. */
  private record Rewritten(DirectRows rows, int[] rowsBefore) {}

  private Rewritten rewrite(DirectRows before, double kept, int added) {
    int[] order = random.ints(0, before.rowCount()).distinct().limit(before.rowCount()).toArray();
    int keptCount = (int) (kept * order.length);
    float[] vectors = Arrays.copyOf(vectors(keptCount + added), (keptCount + added) * DIMENSION);
    int[] rowsBefore = new int[keptCount + added];
    Arrays.fill(rowsBefore, -1);
    for (int i = 0; i < keptCount; i++) {
      // New rows lie among the old ones.
      int row = i * (keptCount + added) / keptCount;
      rowsBefore[row] = order[i];
      System.arraycopy(before.row(order[i]), 0, vectors, row * DIMENSION, DIMENSION);
    }
    return new Rewritten(new DirectRows(vectors, DIMENSION), rowsBefore);
  }

  /** The same queries for each index: what these miss differs from query to query. */
  private static double recall(HnswIndex index, DirectRows rows, long seed) {
    Random random = new Random(seed);
    HnswSearcher searcher = new HnswSearcher(index, rows);
    double found = 0;
    for (int i = 0; i < QUERIES; i++) {
      float[] query = rows.row(random.nextInt(rows.rowCount()));
      query[i % DIMENSION] += 0.5f;
      double[] scores = new double[rows.rowCount()];
      DistanceFunction.of(Metric.EUCLIDEAN, query)
          .scores(rows.vectors(), 0, rows.rowCount(), scores);
      double bound = Arrays.stream(scores).sorted().skip(9).findFirst().orElseThrow();
      HnswHits hits = searcher.search(query, 10, 40, 20, null);
      found += Arrays.stream(hits.scores()).filter(score -> score <= bound).count() / 10.0;
    }
    return found / QUERIES;
  }

  @ParameterizedTest
  @CsvSource({
    "1.0,0,8",
    "1.0,300,8",
    "0.9,200,8",
    "0.7,0,8",
    "0.65,900,8",
    "0.9,200,4",
    "0.65,900,2"
  })
  void itFindsWhatAFreshOneFinds(double kept, int added, int bits) {
    HnswSettings settings = SETTINGS.withBits(bits);
    DirectRows before = new DirectRows(vectors(3_000), DIMENSION);
    HnswIndex index = HnswIndex.build(before, Metric.EUCLIDEAN, settings, IndexBuild.inCaller());
    Rewritten rewritten = rewrite(before, kept, added);
    HnswIndex carried =
        GraphCarrier.carry(
            index, rewritten.rowsBefore(), rewritten.rows(), settings, IndexBuild.inCaller());
    assertThat(carried).isNotNull();
    HnswIndex fresh =
        HnswIndex.build(rewritten.rows(), Metric.EUCLIDEAN, settings, IndexBuild.inCaller());
    for (int layer = 0; layer <= carried.graph().top(); layer++) {
      assertThat(new Reachability(carried.graph(), layer).unreached()).isZero();
    }
    for (int row = 0; row < rewritten.rowsBefore().length; row++) {
      int position = rewritten.rowsBefore()[row];
      if (position >= 0) {
        assertThat(codes(carried, row)).isEqualTo(codes(index, position));
      }
    }
    long seed = random.nextLong();
    assertThat(recall(carried, rewritten.rows(), seed))
        .isGreaterThan(recall(fresh, rewritten.rows(), seed) - 0.03);
  }

  @Test
  void codesOfOtherBitsAreNotTakenOver() {
    DirectRows before = new DirectRows(vectors(600), DIMENSION);
    HnswIndex index = HnswIndex.build(before, Metric.EUCLIDEAN, SETTINGS, IndexBuild.inCaller());
    Rewritten same = rewrite(before, 1, 0);
    assertThat(
            GraphCarrier.carry(
                index, same.rowsBefore(), same.rows(), SETTINGS.withBits(4), IndexBuild.inCaller()))
        .isNull();
  }

  private static byte[] codes(HnswIndex index, int row) {
    int offset = index.codes().offset(row);
    return Arrays.copyOfRange(index.codes().bytes, offset, offset + index.codes().rowBytes);
  }

  @Test
  void ofFewRowsThatStayItIsBuiltAnew() {
    DirectRows before = new DirectRows(vectors(1_000), DIMENSION);
    HnswIndex index = HnswIndex.build(before, Metric.EUCLIDEAN, SETTINGS, IndexBuild.inCaller());
    Rewritten few = rewrite(before, 0.3, 200);
    assertThat(
            GraphCarrier.carry(
                index, few.rowsBefore(), few.rows(), SETTINGS, IndexBuild.inCaller()))
        .isNull();
    Rewritten mostlyNew = rewrite(before, 0.9, 2_000);
    assertThat(
            GraphCarrier.carry(
                index, mostlyNew.rowsBefore(), mostlyNew.rows(), SETTINGS, IndexBuild.inCaller()))
        .isNull();
  }
}
