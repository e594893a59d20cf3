package io.proximadb.index.hnsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexBuild;
import io.proximadb.model.Metric;
import io.proximadb.testkit.DirectRows;
import io.proximadb.testkit.Seed;
import io.proximadb.vector.DistanceFunction;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HnswIndexTest {
  private static final int DIMENSION = 48;
  private static final int ROWS = 3_000;
  private static final int QUERIES = 60;
  private static final int K = 10;
  private static final HnswSettings SETTINGS =
      HnswSettings.usual().withDegree(24).withBeam(60).withCodes(32);

  private final Random random = Seed.random("HnswIndexTest");

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void findsTheNearestAndGivesTheirExactScores(Metric metric) {
    DirectRows rows = clustered(ROWS);
    HnswSearcher searcher = new HnswSearcher(build(rows, metric), rows);
    assertThat(recall(searcher, rows, metric, null)).isGreaterThan(0.95);
  }

  @Test
  void findsRowsThatAreLiveOnly() {
    DirectRows rows = clustered(ROWS);
    HnswSearcher searcher = new HnswSearcher(build(rows, Metric.EUCLIDEAN), rows);
    for (int share : new int[] {2, 5, 20}) {
      IntPredicate live = row -> row * 31 % share == 0;
      assertThat(recall(searcher, rows, Metric.EUCLIDEAN, live))
          .as("1 of " + share)
          .isGreaterThan(0.9);
    }
    HnswHits none = searcher.search(rows.row(0), K, 100, 40, row -> false);
    assertThat(none.rows()).isEmpty();
  }

  @Test
  void everyNodeOfEveryLayerIsReached() {
    for (int degree : new int[] {4, 8, 24}) {
      for (DirectRows rows : new DirectRows[] {clustered(ROWS), equal(700), chain(900)}) {
        HnswSettings settings = SETTINGS.withDegree(degree).withBeam(20);
        HnswGraph graph =
            HnswIndex.build(rows, Metric.EUCLIDEAN, settings, IndexBuild.inCaller()).graph();
        for (int layer = 0; layer <= graph.top(); layer++) {
          assertThat(new Reachability(graph, layer).unreached())
              .as("layer %d, degree %d, %d rows", layer, degree, rows.rowCount())
              .isZero();
        }
        checkLinks(graph);
      }
    }
  }

  @Test
  void aRepairReachesWhatWasCutOff() {
    DirectRows rows = clustered(500);
    HnswIndex index = build(rows, Metric.EUCLIDEAN);
    HnswGraph graph = index.graph();
    int entry = graph.slotRows[0];
    int[] lost = IntStream.range(0, 500).filter(row -> row != entry && row % 9 == 0).toArray();
    cutOff(graph, lost);
    assertThat(new Reachability(graph, 0).unreached()).isGreaterThanOrEqualTo(lost.length);
    int repaired = new Reachability(graph, 0).repair(new GraphWalker(graph, index.codes()), 20);
    assertThat(repaired).isBetween(1, lost.length);
    assertThat(new Reachability(graph, 0).unreached()).isZero();
    checkLinks(graph);
  }

  /** Removes all links to some rows, and fills lists with others so that they have no room. */
  private void cutOff(HnswGraph graph, int[] lost) {
    int[] others =
        IntStream.range(0, graph.rows).filter(row -> Arrays.binarySearch(lost, row) < 0).toArray();
    for (int row = 0; row < graph.rows; row++) {
      int at = row * graph.degree;
      int next = random.nextInt(others.length);
      for (int i = 0; i < graph.degree; next++) {
        if (others[next % others.length] != row) {
          graph.links[at + i++] = others[next % others.length];
        }
      }
    }
  }

  @Test
  void oneThreadBuildsOneGraph() {
    DirectRows rows = clustered(800);
    int[] first = build(rows, Metric.EUCLIDEAN).graph().links;
    assertThat(build(rows, Metric.EUCLIDEAN).graph().links).isEqualTo(first);
  }

  @Test
  void severalThreadsBuildAsGoodAGraph() {
    DirectRows rows = clustered(ROWS);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      HnswIndex index =
          HnswIndex.build(
              rows, Metric.EUCLIDEAN, SETTINGS, new IndexBuild(executor, 4, () -> false));
      assertThat(new Reachability(index.graph(), 0).unreached()).isZero();
      checkLinks(index.graph());
      HnswSearcher searcher = new HnswSearcher(index, rows);
      assertThat(recall(searcher, rows, Metric.EUCLIDEAN, null)).isGreaterThan(0.95);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void smallSourcesAreFoundWhole() {
    for (int count = 1; count < 40; count++) {
      DirectRows rows = clustered(count);
      HnswSearcher searcher = new HnswSearcher(build(rows, Metric.EUCLIDEAN), rows);
      HnswHits hits = searcher.search(rows.row(0), 100, 200, 150, null);
      assertThat(Arrays.stream(hits.rows()).sorted().toArray())
          .isEqualTo(IntStream.range(0, count).toArray());
      assertThat(hits.scores()).isSorted();
    }
  }

  @Test
  void memoryIsAsForetold() {
    DirectRows rows = clustered(20_000);
    HnswSettings settings = SETTINGS.withBeam(4);
    HnswIndex index = HnswIndex.build(rows, Metric.EUCLIDEAN, settings, IndexBuild.inCaller());
    long foretold = HnswIndex.memoryBytes(20_000, DIMENSION, settings);
    assertThat(index.memoryBytes()).isBetween(foretold * 98 / 100, foretold * 102 / 100);
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    DirectRows rows = clustered(50);
    assertThatThrownBy(() -> build(rows, Metric.MANHATTAN))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("MANHATTAN");
    assertThatThrownBy(() -> build(new DirectRows(new float[0], 7), Metric.EUCLIDEAN))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("0 rows");
    assertThatThrownBy(() -> SETTINGS.withDegree(5))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("Invalid degree: 5");
    HnswIndex index = build(rows, Metric.EUCLIDEAN);
    assertThatThrownBy(() -> new HnswSearcher(index, clustered(51)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("51 x 48 (expected the 50 x 48");
    HnswSearcher searcher = new HnswSearcher(index, rows);
    assertThatThrownBy(() -> searcher.search(rows.row(0), 10, 20, 9, null))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("k=10, rank=9, ef=20");
  }

  private static HnswIndex build(DirectRows rows, Metric metric) {
    return HnswIndex.build(rows, metric, SETTINGS, IndexBuild.inCaller());
  }

  /** Lists have no gaps, no node twice, not the node itself, and name nodes only. */
  private static void checkLinks(HnswGraph graph) {
    for (int layer = 0; layer <= graph.top(); layer++) {
      int degree = graph.degree(layer);
      int[] links = graph.links(layer);
      for (int node = 0; node < links.length / degree; node++) {
        int[] list = Arrays.copyOfRange(links, node * degree, (node + 1) * degree);
        int[] named = Arrays.stream(list).takeWhile(link -> link >= 0).toArray();
        assertThat(Arrays.stream(list).skip(named.length).allMatch(link -> link == HnswGraph.NONE))
            .isTrue();
        assertThat(named).doesNotHaveDuplicates().doesNotContain(node);
        assertThat(Arrays.stream(named).allMatch(link -> link < links.length / degree)).isTrue();
      }
    }
  }

  private double recall(
      HnswSearcher searcher, DirectRows rows, Metric metric, @Nullable IntPredicate live) {
    int found = 0;
    for (int q = 0; q < QUERIES; q++) {
      float[] query = rows.row(random.nextInt(rows.rowCount()));
      for (int i = 0; i < query.length; i++) {
        query[i] += (float) random.nextGaussian() / 2;
      }
      double[] scores = new double[rows.rowCount()];
      DistanceFunction.of(metric, query).scores(rows.vectors(), 0, rows.rowCount(), scores);
      int[] nearest =
          IntStream.range(0, rows.rowCount())
              .filter(row -> live == null || live.test(row))
              .boxed()
              .sorted((a, b) -> Double.compare(scores[a], scores[b]))
              .limit(K)
              .mapToInt(row -> row)
              .toArray();
      HnswHits hits = searcher.search(query, K, 100, 40, live);
      assertThat(hits.rows()).hasSize(K).doesNotHaveDuplicates();
      for (int i = 0; i < K; i++) {
        int row = hits.rows()[i];
        assertThat(live == null || live.test(row)).isTrue();
        assertThat(hits.scores()[i]).isEqualTo(scores[row]);
        found += Arrays.stream(nearest).anyMatch(near -> near == row) ? 1 : 0;
      }
      assertThat(hits.scores()).isSorted();
    }
    return found / (double) (QUERIES * K);
  }

  private DirectRows clustered(int count) {
    float[][] centres = new float[20][DIMENSION];
    for (float[] centre : centres) {
      for (int i = 0; i < DIMENSION; i++) {
        centre[i] = (float) (3 * random.nextGaussian() / (1 + i / 8));
      }
    }
    float[] vectors = new float[count * DIMENSION];
    for (int row = 0; row < count; row++) {
      float[] centre = centres[random.nextInt(centres.length)];
      for (int i = 0; i < DIMENSION; i++) {
        vectors[row * DIMENSION + i] =
            centre[i] + (float) (random.nextGaussian() * 2 / (1 + i / 8));
      }
    }
    return new DirectRows(vectors, DIMENSION);
  }

  private static DirectRows equal(int count) {
    float[] vectors = new float[count * DIMENSION];
    Arrays.fill(vectors, 2.5f);
    return new DirectRows(vectors, DIMENSION);
  }

  /** Rows on a line, inserted from one end, far from each other. */
  private static DirectRows chain(int count) {
    float[] vectors = new float[count * DIMENSION];
    for (int row = 0; row < count; row++) {
      vectors[row * DIMENSION] = row;
    }
    return new DirectRows(vectors, DIMENSION);
  }
}
