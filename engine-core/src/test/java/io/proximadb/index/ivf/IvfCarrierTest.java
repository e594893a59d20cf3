package io.proximadb.index.ivf;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexQuery;
import io.proximadb.model.ClusterId;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.testkit.DirectRows;
import io.proximadb.testkit.Seed;
import io.proximadb.vector.DistanceFunction;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file that was rewritten: its rows keep codes and lists where their vectors stayed the same. */
class IvfCarrierTest {
  private static final int DIMENSION = 12;
  private static final int QUERIES = 150;
  private static final IvfSettings SETTINGS = IvfSettings.usual().withCodes(10);

  private final Random random = Seed.random("IvfCarrierTest");

  private float[] vectors(int count) {
    float[] vectors = new float[count * DIMENSION];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = (float) (random.nextGaussian() + 3 * ((i / DIMENSION) % 7));
    }
    return vectors;
  }

  private record Rewritten(DirectRows rows, int[] rowsBefore) {}

  /** Rows in another order, with new ones among them. */
  private Rewritten rewrite(DirectRows before, double kept, int added) {
    int[] order = random.ints(0, before.rowCount()).distinct().limit(before.rowCount()).toArray();
    int keptCount = (int) (kept * order.length);
    float[] vectors = vectors(keptCount + added);
    int[] rowsBefore = new int[keptCount + added];
    Arrays.fill(rowsBefore, -1);
    for (int i = 0; i < keptCount; i++) {
      int row = (int) ((long) i * (keptCount + added) / keptCount);
      rowsBefore[row] = order[i];
      System.arraycopy(before.row(order[i]), 0, vectors, row * DIMENSION, DIMENSION);
    }
    return new Rewritten(new DirectRows(vectors, DIMENSION), rowsBefore);
  }

  private static IvfIndex build(DirectRows rows, Metric metric, IvfSettings settings) {
    return IvfBuilder.build(rows, metric, null, settings, IndexBuild.inCaller());
  }

  private static IvfIndex carry(
      IvfIndex before, Rewritten rewritten, ClusterRuns clusters, IvfSettings settings) {
    return IvfCarrier.carry(
        before,
        rewritten.rowsBefore(),
        rewritten.rows(),
        before.metric(),
        clusters,
        settings,
        IndexBuild.inCaller());
  }

  /** Of the nearest six lists, by the same queries for each index. */
  private static double recall(IvfIndex index, DirectRows rows, long seed) {
    Random random = new Random(seed);
    IvfSearcher searcher = index.newSearcher(rows);
    double found = 0;
    for (int i = 0; i < QUERIES; i++) {
      float[] query = rows.row(random.nextInt(rows.rowCount()));
      query[i % DIMENSION] += 0.5f;
      DistanceFunction distance = DistanceFunction.of(index.metric(), query);
      double[] scores = new double[rows.rowCount()];
      distance.scores(rows.vectors(), 0, rows.rowCount(), scores);
      double bound = Arrays.stream(scores).sorted().skip(9).findFirst().orElseThrow();
      IndexQuery nearest =
          new IndexQuery(
              query, distance, 10, Double.POSITIVE_INFINITY, 0.95, 6, null, rows.rowCount(), null);
      double[] answer = searcher.search(nearest).scores();
      found += Arrays.stream(answer).filter(score -> score <= bound).count() / 10.0;
    }
    return found / QUERIES;
  }

  private static byte[] codes(IvfIndex index, int row) {
    int from = IvfIndex.FIRST_ROW + index.lists.position(row) * index.quantizer.rowBytes();
    return Arrays.copyOfRange(index.codes, from, from + index.quantizer.rowBytes());
  }

  private static int[] listOf(IvfIndex index) {
    int[] listOf = new int[index.rowCount()];
    for (int list = 0; list < index.lists.count(); list++) {
      for (int at = index.lists.start(list); at < index.lists.start(list + 1); at++) {
        listOf[index.lists.row(at)] = list;
      }
    }
    return listOf;
  }

  @ParameterizedTest
  @CsvSource({
    "1.0,0,EUCLIDEAN",
    "0.9,200,EUCLIDEAN",
    "0.7,0,COSINE",
    "0.65,900,DOT",
    "0.65,900,EUCLIDEAN"
  })
  void itFindsWhatAFreshOneFinds(double kept, int added, Metric metric) {
    DirectRows before = new DirectRows(vectors(3_000), DIMENSION);
    IvfIndex index = build(before, metric, SETTINGS);
    Rewritten rewritten = rewrite(before, kept, added);
    IvfIndex carried = carry(index, rewritten, null, SETTINGS);
    assertThat(carried).isNotNull();
    int[] listBefore = listOf(index);
    int[] listNow = listOf(carried);
    int[] named = new int[index.listCount()];
    Arrays.fill(named, -1);
    for (int row = 0; row < rewritten.rowsBefore().length; row++) {
      int position = rewritten.rowsBefore()[row];
      if (position >= 0) {
        assertThat(codes(carried, row)).isEqualTo(codes(index, position));
        int list = listBefore[position];
        named[list] = named[list] < 0 ? listNow[row] : named[list];
        assertThat(listNow[row]).as("rows of a list stay together").isEqualTo(named[list]);
      }
    }
    IvfIndex fresh = build(rewritten.rows(), metric, SETTINGS);
    long seed = random.nextLong();
    assertThat(recall(carried, rewritten.rows(), seed))
        .isGreaterThan(recall(fresh, rewritten.rows(), seed) - 0.04);
    IvfIndex measured = carried.calibrated(rewritten.rows(), IndexBuild.inCaller());
    assertThat(measured.isAsGoodAs(measured)).isTrue();
  }

  @Test
  void rowsInTheOrderOfClustersKeepTheirCodesAndHaveTheseAsLists() {
    DirectRows before = new DirectRows(vectors(3_000), DIMENSION);
    IvfIndex index = build(before, Metric.EUCLIDEAN, SETTINGS);
    Rewritten rewritten = rewrite(before, 0.9, 100);
    long[] clusterOf = new long[rewritten.rowsBefore().length];
    Arrays.setAll(clusterOf, row -> ClusterId.of(1, row / 50));
    ClusterRuns clusters = ClusterRuns.of(new LongColumn(Scalar.LONG, clusterOf, null));
    IvfIndex carried = carry(index, rewritten, clusters, SETTINGS);
    assertThat(carried).isNotNull();
    assertThat(carried.isInOrder()).isTrue();
    assertThat(carried.listCount()).isEqualTo((clusterOf.length + 49) / 50);
    int row = 0;
    while (rewritten.rowsBefore()[row] < 0) {
      row++;
    }
    assertThat(codes(carried, row)).isEqualTo(codes(index, rewritten.rowsBefore()[row]));
  }

  @Test
  void listsThatWouldBeTooManyAreFoundAnew() {
    DirectRows before = new DirectRows(vectors(3_000), DIMENSION);
    IvfIndex index = build(before, Metric.EUCLIDEAN, SETTINGS.withLists(200));
    Rewritten same = rewrite(before, 1, 0);
    assertThat(carry(index, same, null, SETTINGS.withLists(200)).listCount()).isBetween(150, 200);
    assertThat(carry(index, same, null, SETTINGS).listCount()).isBetween(40, 60);
  }

  @Test
  void whatDoesNotFitIsBuiltAnew() {
    DirectRows before = new DirectRows(vectors(1_000), DIMENSION);
    IvfIndex index = build(before, Metric.EUCLIDEAN, SETTINGS);
    assertThat(carry(index, rewrite(before, 0.4, 600), null, SETTINGS)).isNull();
    Rewritten same = rewrite(before, 1, 0);
    assertThat(carry(index, same, null, SETTINGS.withCodes(9))).isNull();
    IvfSettings products = SETTINGS.withParts(5);
    assertThat(carry(index, same, null, products)).isNull();
    assertThat(carry(build(before, Metric.EUCLIDEAN, products), same, null, SETTINGS)).isNull();
    IvfIndex worse = build(before, Metric.EUCLIDEAN, SETTINGS.withCodes(1).withLists(2));
    IvfIndex measured = index.calibrated(before, IndexBuild.inCaller());
    assertThat(worse.calibrated(before, IndexBuild.inCaller()).isAsGoodAs(measured)).isFalse();
  }
}
