package io.proximadb.index.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.flat.SparseSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.testkit.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.roaringbitmap.RoaringBitmap;

class SparseIndexTest {
  private static final int COLLECTIONS = 30;
  private static final int QUERIES = 12;
  private static final long FIRST_ORDINAL = 7L << 32;

  private final Random random = Seed.random("SparseIndexTest");

  /** How values are drawn. */
  private enum Values {
    POSITIVE,
    SIGNED,
    /** So few that many scores are equal. */
    FEW,
    /** Of all magnitudes that floats have. */
    EXTREME;

    float next(Random random) {
      return switch (this) {
        case POSITIVE -> random.nextFloat();
        case SIGNED -> (float) random.nextGaussian();
        case FEW -> random.nextInt(4) - 1;
        case EXTREME ->
            random.nextInt(50) == 0
                ? Float.MAX_VALUE
                : Math.scalb(random.nextFloat() - 0.5f, random.nextInt(268) - 140);
      };
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"COSINE", "DOT"})
  void findsWhatAComparisonWithEveryRowFinds(Metric metric) throws Exception {
    for (int i = 0; i < COLLECTIONS; i++) {
      Values values = Values.values()[random.nextInt(Values.values().length)];
      int dimension = 1 + random.nextInt(random.nextBoolean() ? 20 : 2_000);
      int rowCount = 1 + random.nextInt(i % 10 == 0 ? 12_000 : 900);
      @Nullable SparseVector[] rows = rows(rowCount, dimension, metric, values);
      SparseIndex index = SparseFormatTest.written(build(rows, metric));
      assertThat(index.rowCount()).isEqualTo(rowCount);
      for (int q = 0; q < QUERIES; q++) {
        SparseVector query = vector(dimension, metric, values, 1 + random.nextInt(30));
        int k = 1 + random.nextInt(random.nextInt(4) == 0 ? rowCount + 5 : 10);
        VectorField field = VectorField.sparse("terms", dimension, metric);
        check(index, rows, field, query, k, null);
        int share = 1 + random.nextInt(40);
        check(index, rows, field, query, k, row -> row * 31 % share == 0);
      }
    }
  }

  private void check(
      SparseIndex index,
      @Nullable SparseVector[] rows,
      VectorField field,
      SparseVector query,
      int k,
      @Nullable IntPredicate live) {
    int mixer = random.nextInt(1_000) * 2 + 1;
    TopK expected = new TopK(k, ordinal -> id(ordinal, mixer));
    SparseSearch all = new SparseSearch(field, query, expected);
    RoaringBitmap matching = new RoaringBitmap();
    for (int row = 0; row < rows.length; row++) {
      if (live == null || live.test(row)) {
        matching.add(row);
        SparseVector vector = rows[row];
        if (vector != null) {
          all.add(vector, FIRST_ORDINAL + row);
        }
      }
    }
    TopK found = new TopK(k, ordinal -> id(ordinal, mixer));
    SparseSearch search = new SparseSearch(field, query, found);
    new SparseIndexSearch(index, search).run(FIRST_ORDINAL, live);
    assertThat(found.best()).as("%s k=%d %s", field, k, query).isEqualTo(expected.best());
    assertThat(search.rowsScored()).isLessThanOrEqualTo(all.rowsScored());
    TopK ofMatching = new TopK(k, ordinal -> id(ordinal, mixer));
    new SparseIndexSearch(index, new SparseSearch(field, query, ofMatching))
        .run(FIRST_ORDINAL, matching);
    assertThat(ofMatching.best()).isEqualTo(expected.best());
  }

  /** Ids whose order is not that of rows. */
  private static String id(long ordinal, int mixer) {
    return String.format("%010d", Integer.toUnsignedLong((int) ordinal * mixer));
  }

  @Test
  void rowsOfAnswersAreFewWhereListsAreLong() {
    int rowCount = 50_000;
    @Nullable SparseVector[] rows = new @Nullable SparseVector[rowCount];
    for (int row = 0; row < rowCount; row++) {
      int rare = 1 + random.nextInt(3_000);
      rows[row] = SparseVector.of(new int[] {0, rare}, new float[] {random.nextFloat(), 9});
    }
    SparseIndex index = build(rows, Metric.DOT);
    SparseVector query = SparseVector.of(new int[] {0, 17}, new float[] {1, 1});
    TopK top = new TopK(5, Long::toString);
    VectorField field = VectorField.sparse("terms", 3_001, Metric.DOT);
    SparseSearch search = new SparseSearch(field, query, top);
    new SparseIndexSearch(index, search).run(0, (IntPredicate) null);
    assertThat(top.best()).hasSize(5);
    assertThat(search.rowsScored()).isLessThan(rowCount / 10);
  }

  @Test
  void memoryIsAsForetold() {
    @Nullable SparseVector[] rows = rows(20_000, 5_000, Metric.COSINE, Values.POSITIVE);
    SparseIndex index = build(rows, Metric.COSINE);
    long components = Arrays.stream(rows).mapToLong(row -> row == null ? 0 : row.count()).sum();
    assertThat(index.components()).isLessThanOrEqualTo((int) components);
    // 4 bytes of a value, some 10 bits of a row; a list and its blocks; 8 bytes of a length.
    assertThat(index.memoryBytes()).isLessThan(components * 6 + 5_000 * 32 + 20_000 * 9L);
  }

  @Test
  void aMetricThatSparseVectorsDoNotHaveIsRefused() {
    assertThatThrownBy(() -> new SparseIndexBuilder(Metric.EUCLIDEAN, 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("EUCLIDEAN (expected COSINE or DOT)");
    assertThatThrownBy(() -> new SparseIndexBuilder(Metric.DOT, 0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("0 rows (expected at least 1)");
  }

  @Test
  void anIndexOfRowsWithoutVectorsFindsNothing() {
    SparseIndex index = new SparseIndexBuilder(Metric.DOT, 10).build();
    TopK top = new TopK(3, Long::toString);
    SparseVector query = SparseVector.of(new int[] {1}, new float[] {1});
    SparseSearch search = new SparseSearch(VectorField.sparse("t", 5, Metric.DOT), query, top);
    new SparseIndexSearch(index, search).run(0, (IntPredicate) null);
    assertThat(top.best()).isEqualTo(List.of());
  }

  static SparseIndex build(@Nullable SparseVector[] rows, Metric metric) {
    SparseIndexBuilder builder = new SparseIndexBuilder(metric, rows.length);
    for (int row = 0; row < rows.length; row++) {
      SparseVector vector = rows[row];
      if (vector != null) {
        builder.add(row, vector);
      }
    }
    return builder.build();
  }

  private @Nullable SparseVector[] rows(int count, int dimension, Metric metric, Values values) {
    int components = 1 + random.nextInt(40);
    int missing = 2 + random.nextInt(30);
    return IntStream.range(0, count)
        .mapToObj(
            row ->
                random.nextInt(missing) == 0
                    ? null
                    : vector(dimension, metric, values, 1 + random.nextInt(components)))
        .toArray(SparseVector[]::new);
  }

  /** Low indices are more frequent, as words are. */
  private SparseVector vector(int dimension, Metric metric, Values values, int components) {
    while (true) {
      int[] indices =
          IntStream.range(0, components)
              .map(i -> (int) (dimension * Math.pow(random.nextDouble(), 3)))
              .distinct()
              .sorted()
              .toArray();
      float[] weights = new float[indices.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = values.next(random);
      }
      SparseVector vector = SparseVector.of(indices, weights);
      if (metric == Metric.DOT || vector.norm() > 0) {
        return vector;
      }
    }
  }
}
