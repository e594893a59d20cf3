package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.IndexType;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.VectorSearcher;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.vector.DistanceFunction;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.roaringbitmap.RoaringBitmap;

/** What every index of dense vectors has to keep. */
public abstract class VectorIndexContract {
  private static final int DIMENSION = 24;
  private static final int ROWS = 6_000;
  private static final int K = 10;
  private static final UUID SOURCE = new UUID(7, 11);

  /** Share of live rows, in thousandths, that searches are tried with. */
  private static final int[] SHARES = {1_000, 900, 500, 100, 20, 3};

  private final Random random = Seed.random(getClass().getSimpleName());

  protected abstract IndexType type();

  private static CollectionSchema schema(Metric metric) {
    return CollectionSchema.builder().vector(DIMENSION, metric).build();
  }

  /** The definition that is tried, of the field {@code vector}. */
  protected IndexDefinition definition() {
    return IndexDefinition.of("test", type().name(), "vector");
  }

  /** The recall that searches ask for, in (0, 1), and find within chance. */
  protected double recall() {
    return 0.95;
  }

  /** Rows around a few centres, some of them equal. */
  private DirectRows rows(int count) {
    float[] centres = new float[12 * DIMENSION];
    for (int i = 0; i < centres.length; i++) {
      centres[i] = (float) random.nextGaussian();
    }
    float[] vectors = new float[count * DIMENSION];
    for (int row = 0; row < count; row++) {
      int centre = random.nextInt(12) * DIMENSION;
      if (row > 0 && random.nextInt(20) == 0) {
        System.arraycopy(
            vectors, random.nextInt(row) * DIMENSION, vectors, row * DIMENSION, DIMENSION);
        continue;
      }
      for (int i = 0; i < DIMENSION; i++) {
        vectors[row * DIMENSION + i] = centres[centre + i] + (float) (0.6 * random.nextGaussian());
      }
    }
    return new DirectRows(vectors, DIMENSION);
  }

  private float[] query(DirectRows rows) {
    float[] query = rows.row(random.nextInt(rows.rowCount()));
    for (int i = 0; i < query.length; i++) {
      query[i] += (float) (0.3 * random.nextGaussian());
    }
    return query;
  }

  private VectorIndex build(DirectRows rows, Metric metric) {
    return (VectorIndex)
        type().build(new VectorsOnly(rows), definition(), schema(metric), IndexBuild.inCaller());
  }

  private static byte[] written(VectorIndex index) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    index.write(SOURCE, out);
    return out.toByteArray();
  }

  private VectorIndex read(byte[] bytes, long length, UUID source) throws IOException {
    return (VectorIndex) type().read(new ByteArrayInputStream(bytes), length, source, "toy.index");
  }

  private static IndexQuery query(
      float[] vector, Metric metric, int k, double recall, RoaringBitmap live, int rows) {
    boolean all = live.getLongCardinality() == rows;
    return new IndexQuery(
        vector,
        DistanceFunction.of(metric, vector),
        k,
        Double.POSITIVE_INFINITY,
        recall,
        0,
        all ? null : live::contains,
        live.getLongCardinality(),
        all ? null : live);
  }

  /** The scores of all rows that are live, the least first. */
  private static double[] truth(DirectRows rows, IndexQuery query, RoaringBitmap live) {
    double[] scores = new double[rows.rowCount()];
    query.distance().scores(rows.vectors(), 0, rows.rowCount(), scores);
    return live.stream().mapToDouble(row -> scores[row]).sorted().toArray();
  }

  private RoaringBitmap live(int rows, int share) {
    RoaringBitmap live = new RoaringBitmap();
    IntStream.range(0, rows).filter(row -> random.nextInt(1_000) < share).forEach(live::add);
    live.add(random.nextInt(rows));
    return live;
  }

  @ParameterizedTest
  @EnumSource(
      value = Metric.class,
      names = {"EUCLIDEAN", "COSINE", "DOT"})
  void answersAreOfLiveRowsWithTheirScoresAndWellFound(Metric metric) {
    DirectRows rows = rows(ROWS);
    VectorIndex index = build(rows, metric);
    VectorSearcher searcher = index.newSearcher(rows);
    for (int share : SHARES) {
      RoaringBitmap live = live(ROWS, share);
      double found = 0;
      int answers = 0;
      for (int i = 0; i < 40; i++) {
        IndexQuery query = query(query(rows), metric, K, recall(), live, ROWS);
        double[] truth = truth(rows, query, live);
        IndexAnswer answer = searcher.search(query);
        if (answer == null) {
          continue;
        }
        int wanted = Math.min(K, truth.length);
        int given = K;
        while (index.isExact() && given < truth.length && truth[given] == truth[K - 1]) {
          given++;
        }
        assertThat(answer.rows()).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(given);
        int hits = 0;
        for (int j = 0; j < answer.rows().length; j++) {
          int row = answer.rows()[j];
          assertThat(live.contains(row)).isTrue();
          assertThat(answer.scores()[j])
              .isEqualTo(query.distance().score(rows.vectors(), row * DIMENSION));
          hits += answer.scores()[j] <= truth[wanted - 1] ? 1 : 0;
        }
        if (index.isExact()) {
          assertThat(answer.recall()).hasValue(1);
          assertThat(Arrays.stream(answer.scores()).sorted().toArray())
              .as("with all that tie with the last")
              .isEqualTo(Arrays.copyOf(truth, Math.min(given, truth.length)));
        }
        found += Math.min(1, hits / (double) wanted);
        answers++;
      }
      // An index may decline where few rows are live, not where all are.
      assertThat(answers).isGreaterThanOrEqualTo(share == 1_000 ? 40 : 0);
      assertThat(answers == 0 ? 1 : found / answers)
          .as("recall where %d of 1,000 rows are live", share)
          .isGreaterThan(recall() - 0.03);
    }
  }

  @Test
  void fewerRowsThanWantedAreAllGiven() {
    DirectRows rows = rows(300);
    VectorIndex index = build(rows, Metric.EUCLIDEAN);
    RoaringBitmap live = RoaringBitmap.bitmapOf(3, 17, 204);
    IndexQuery query = query(query(rows), Metric.EUCLIDEAN, K, 0.5, live, 300);
    IndexAnswer answer = index.newSearcher(rows).search(query);
    if (answer != null) {
      assertThat(answer.rows()).containsExactlyInAnyOrder(3, 17, 204);
    }
  }

  @Test
  void whatIsReadAnswersAsWhatWasWritten() throws IOException {
    DirectRows rows = rows(2_000);
    VectorIndex index = build(rows, Metric.COSINE);
    byte[] bytes = written(index);
    VectorIndex read = read(bytes, bytes.length, SOURCE);
    assertThat(written(read)).isEqualTo(bytes);
    assertThat(read.rowCount()).isEqualTo(2_000);
    assertThat(read.memoryBytes()).isPositive();
    VectorSearcher before = index.newSearcher(rows);
    VectorSearcher after = read.newSearcher(rows);
    RoaringBitmap live = live(2_000, 1_000);
    for (int i = 0; i < 20; i++) {
      IndexQuery query = query(query(rows), Metric.COSINE, K, recall() - 0.05, live, 2_000);
      IndexAnswer expected = before.search(query);
      IndexAnswer found = after.search(query);
      assertThat(found == null).isEqualTo(expected == null);
      assertThat(expected).isNotNull();
      if (expected != null && found != null) {
        assertThat(found.rows()).isEqualTo(expected.rows());
        assertThat(found.scores()).isEqualTo(expected.scores());
      }
    }
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    byte[] bytes = written(build(rows(500), Metric.EUCLIDEAN));
    for (int at = 0; at < bytes.length; at += 1 + random.nextInt(97)) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= (byte) (1 << random.nextInt(8));
      assertThatThrownBy(() -> read(flipped, flipped.length, SOURCE))
          .as("byte %d of %d", at, bytes.length)
          .isInstanceOfAny(CorruptFileException.class, UnsupportedVersionException.class)
          .hasMessageContaining("toy.index");
    }
    for (int length = 0; length < bytes.length; length += 1 + random.nextInt(997)) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> read(cut, cut.length, SOURCE))
          .isInstanceOf(CorruptFileException.class);
      assertThatThrownBy(() -> read(cut, bytes.length, SOURCE))
          .isInstanceOf(CorruptFileException.class);
    }
    assertThatThrownBy(() -> read(bytes, bytes.length, new UUID(7, 12)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(SOURCE.toString());
  }

  @Test
  void rowsOfAnotherSourceAreRefused() {
    VectorIndex index = build(rows(500), Metric.EUCLIDEAN);
    assertThatThrownBy(() -> index.newSearcher(rows(501)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("501");
  }

  @Test
  void definitionsThatMakeNoSenseAreRefused() {
    CollectionSchema schema = schema(Metric.EUCLIDEAN);
    IndexDefinition unknown = definition().with("no_such_setting", "1");
    assertThatThrownBy(() -> type().check(unknown, schema))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("no_such_setting");
    IndexDefinition nowhere = IndexDefinition.of("test", type().name(), "nowhere");
    assertThatThrownBy(() -> type().check(nowhere, schema))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("nowhere")
        .hasMessageContaining("vector");
  }

  @Test
  void aBuildEndsWhenItIsStopped() {
    IndexBuild stopped = new IndexBuild(Runnable::run, 1, () -> true);
    DirectRows rows = rows(1_000);
    assertThatThrownBy(
            () ->
                type()
                    .build(new VectorsOnly(rows), definition(), schema(Metric.EUCLIDEAN), stopped))
        .isInstanceOf(io.proximadb.error.ClosedException.class);
  }

  @Test
  void theMemoryOfABuildIsForetold() {
    DirectRows rows = rows(ROWS);
    VectorIndex index = build(rows, Metric.EUCLIDEAN);
    long foretold = type().buildBytes(ROWS, definition(), schema(Metric.EUCLIDEAN), 1);
    assertThat(foretold).isGreaterThanOrEqualTo(index.memoryBytes() * 9 / 10);
  }
}
