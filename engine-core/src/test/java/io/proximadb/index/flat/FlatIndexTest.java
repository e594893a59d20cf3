package io.proximadb.index.flat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.VectorSearcher;
import io.proximadb.model.Metric;
import io.proximadb.testkit.Seed;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.DistanceFunction;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.quantize.NestedQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.roaringbitmap.RoaringBitmap;

class FlatIndexTest {
  private static final long FIRST_ORDINAL = 3L << 32;
  private static final Metric[] METRICS = {Metric.EUCLIDEAN, Metric.COSINE, Metric.DOT};
  private static final int[] DIMENSIONS = {1, 2, 3, 17, 40, 64, 130, 300};

  @ParameterizedTest
  @EnumSource(HostileRows.Kind.class)
  void searchesByCodesGiveTheAnswerOfTheScanBitForBit(HostileRows.Kind kind) {
    Random random = Seed.random("FlatIndexTest " + kind);
    for (int round = 0; round < 12; round++) {
      Metric metric = METRICS[round % 3];
      int dimension = DIMENSIONS[random.nextInt(DIMENSIONS.length)];
      int count = 1 + random.nextInt(round % 4 == 0 ? 1_500 : 300);
      HostileRows rows = HostileRows.of(kind, count, dimension, random);
      FlatIndex index = index(rows, metric, 1 + random.nextInt(dimension + 20));
      VectorSearcher searcher = index.newSearcher(rows);
      for (int search = 0; search < 10; search++) {
        float[] query = rows.query(random);
        int k = 1 + random.nextInt(search % 3 == 0 ? count + 5 : 20);
        int modulus = 1 + random.nextInt(4);
        IntPredicate live = row -> row % modulus == 0;
        int liveRows = (count + modulus - 1) / modulus;
        String what =
            String.format(
                "%s, %s, %d x %d, %d coarse codes, k %d, round %d, search %d, seed %d",
                kind,
                metric,
                count,
                dimension,
                index.quantizer.coarseCodes(),
                k,
                round,
                search,
                Seed.value());
        DistanceFunction distance = DistanceFunction.of(metric, query);
        TopK expected = new TopK(k, FlatIndexTest::id);
        new FlatSearch(distance, expected).scan(rows, FIRST_ORDINAL, live, liveRows);
        TopK found = new TopK(k, FlatIndexTest::id);
        CodedSearch coded = new CodedSearch(query, distance, k, found, new CodedSearch.Scratch());
        coded.scan(index, rows, FIRST_ORDINAL, live);
        assertThat(found.best()).as(what).isEqualTo(expected.best());
        assertThat(coded.rowsScored()).isLessThanOrEqualTo(liveRows);

        RoaringBitmap matching = new RoaringBitmap();
        for (int row = 0; row < count; row += modulus) {
          matching.add(row);
        }
        boolean listed = random.nextBoolean();
        IndexAnswer answer =
            searcher.search(
                new IndexQuery(
                    query,
                    distance,
                    k,
                    Double.POSITIVE_INFINITY,
                    1,
                    0,
                    live,
                    liveRows,
                    listed ? matching : null));
        assertThat(best(answer, k)).as(what + ", as index").isEqualTo(expected.best());
        assertNoRowIsLeftOutByItsOwnScore(index, rows, query, distance, what);
      }
    }
  }

  /**
   * Which of the rows that tie are in the answer is decided by ids, as a search over files does.
   */
  private static List<TopK.Candidate> best(IndexAnswer answer, int k) {
    TopK top = new TopK(k, FlatIndexTest::id);
    for (int i = 0; i < answer.rows().length; i++) {
      top.offer(FIRST_ORDINAL + answer.rows()[i], answer.scores()[i]);
    }
    return top.best();
  }

  /** The bound itself: with a row's score as the best so far, codes must not leave it out. */
  private static void assertNoRowIsLeftOutByItsOwnScore(
      FlatIndex index, HostileRows rows, float[] query, DistanceFunction distance, String what) {
    NestedQuery coded = index.quantizer.query(query);
    if (coded == null) {
      return;
    }
    CodeKernels kernels = Kernels.best().codes();
    int count = rows.rowCount();
    int[] dots = new int[FlatIndex.blocks(count) * CodeKernels.BLOCK_ROWS];
    kernels.dotColumns(
        coded.coarse(), index.coarse, index.coarseOffset(0), FlatIndex.blocks(count), dots);
    for (int row = 0; row < count; row += 1 + count / 100) {
      double score = distance.score(rows.row(row), 0);
      NestedQuery.Limit limit = coded.limit(score, index.largestSquare);
      float value = coded.squareFactor() * index.coarseSquares[row] - coded.dotFactor() * dots[row];
      float slack = index.coarseSlacks[row];
      boolean out = value > limit.constant() + slack * (limit.linear() + slack * limit.square());
      assertThat(out).as("coarse, row %d, %s", row, what).isFalse();
      if (index.fine.length > 0) {
        int offset = index.fineOffset(row);
        int[] fineDot = new int[1];
        kernels.dotGathered(coded.fine(), index.fine, new int[] {offset}, 1, fineDot);
        assertThat(
                coded.exceeds(
                    score,
                    dots[row],
                    index.restCode(offset),
                    index.coarseSquares[row],
                    fineDot[0],
                    index.fineSquare(offset),
                    index.fineSlack(offset)))
            .as("fine, row %d, %s", row, what)
            .isFalse();
      }
    }
  }

  @Test
  void boundsLeaveOutNearlyAllRowsOfOrdinaryData() {
    Random random = Seed.random("FlatIndexTest ordinary");
    for (Metric metric : METRICS) {
      float[] vectors = new float[6_000 * 96];
      for (int row = 0; row < 6_000; row++) {
        for (int i = 0; i < 96; i++) {
          vectors[row * 96 + i] = (float) (1 + random.nextGaussian() / (1 + i / 4));
        }
      }
      HostileRows rows = new HostileRows(vectors, 96);
      FlatIndex index = index(rows, metric, 64);
      float[] query = rows.row(17);
      query[0] += 0.1f;
      IndexAnswer answer =
          index
              .newSearcher(rows)
              .search(
                  new IndexQuery(
                      query,
                      DistanceFunction.of(metric, query),
                      10,
                      Double.POSITIVE_INFINITY,
                      1,
                      0,
                      null,
                      6_000,
                      null));
      assertThat(answer.rows()).hasSize(10);
      assertThat(answer.rowsScored()).as(metric + ": " + answer.how()).isLessThan(600);
    }
  }

  @Test
  void rowsOverTheBoundAreNotInTheAnswerAndThoseOfEqualScoreAllAre() {
    Random random = Seed.random("FlatIndexTest bound");
    HostileRows rows = HostileRows.of(HostileRows.Kind.INTEGERS, 900, 3, random);
    FlatIndex index = index(rows, Metric.EUCLIDEAN, 3);
    float[] query = {0, 0, 0.001f};
    DistanceFunction distance = DistanceFunction.of(Metric.EUCLIDEAN, query);
    double bound = distance.score(new float[] {1, 0, 0}, 0);
    List<Integer> within = new ArrayList<>();
    for (int row = 0; row < 900; row++) {
      if (distance.score(rows.row(row), 0) <= bound) {
        within.add(row);
      }
    }
    IndexAnswer all =
        index
            .newSearcher(rows)
            .search(new IndexQuery(query, distance, 900, bound, 1, 0, null, 900, null));
    assertThat(all.rows()).containsExactlyInAnyOrder(ints(within));
    IndexAnswer tied =
        index
            .newSearcher(rows)
            .search(
                new IndexQuery(query, distance, within.size() - 1, bound, 1, 0, null, 900, null));
    assertThat(tied.rows()).as("rows that tie with the last").hasSameSizeAs(all.rows());
  }

  private static int[] ints(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void whatCannotBeIndexedIsRefusedByName() {
    HostileRows rows = new HostileRows(new float[] {1, 2, 3, 4}, 2);
    assertThatThrownBy(() -> index(rows, Metric.MANHATTAN, 2))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("MANHATTAN");
    assertThatThrownBy(() -> index(new HostileRows(new float[0], 2), Metric.DOT, 2))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("no rows");
    FlatIndex index = index(rows, Metric.DOT, 2);
    assertThatThrownBy(() -> index.newSearcher(new HostileRows(new float[2], 2)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("1 x 2 vectors by an index of 2 x 2");
  }

  private static FlatIndex index(HostileRows rows, Metric metric, int directions) {
    return FlatIndex.build(rows, metric, directions, Seed.value(), IndexBuild.inCaller());
  }

  /** Ids in an order of their own, so that ties are not broken by position. */
  private static String id(long ordinal) {
    return Long.toString((ordinal - FIRST_ORDINAL) * 7_919 % 10_007);
  }
}
