package io.proximadb.index.flat;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.Metric;
import io.proximadb.storage.VectorRows;
import io.proximadb.testkit.Seed;
import io.proximadb.vector.DistanceFunction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.roaringbitmap.RoaringBitmap;

class FlatSearchTest {
  private static final long FIRST_ORDINAL = 7L << 32;

  /** Few distinct vectors, so that many rows tie at the border of the answer. */
  @ParameterizedTest
  @EnumSource(Metric.class)
  void everyWayToReadTheRowsGivesTheAnswerOfSortingThem(Metric metric) {
    Random random = Seed.random("FlatSearchTest " + metric);
    for (int round = 0; round < 60; round++) {
      int dimension = 1 + random.nextInt(40);
      int count = random.nextInt(1_200);
      float[][] vectors = new float[count][dimension];
      for (float[] vector : vectors) {
        for (int i = 0; i < dimension; i++) {
          vector[i] = random.nextInt(dimension < 4 ? 20 : 2) + 1;
        }
      }
      float[] query = new float[dimension];
      Arrays.fill(query, 1.5f);
      RoaringBitmap wanted = new RoaringBitmap();
      double share = new double[] {0, 0.01, 0.1, 0.5, 1}[random.nextInt(5)];
      for (int i = 0; i < count; i++) {
        if (random.nextDouble() < share) {
          wanted.add(i);
        }
      }
      int k = 1 + random.nextInt(50);
      List<TopK.Candidate> expected = sorted(metric, query, vectors, wanted, k);
      String what = "round " + round + ", seed " + Seed.value();

      Blocks blocks = new Blocks(vectors, dimension, random);
      TopK scanned = new TopK(k, FlatSearchTest::id);
      FlatSearch scan = new FlatSearch(DistanceFunction.of(metric, query), scanned);
      scan.scan(blocks, FIRST_ORDINAL, wanted::contains, wanted.getLongCardinality());
      assertThat(scanned.best()).as("scan, " + what).isEqualTo(expected);
      assertThat(scan.rowsScored()).isEqualTo(wanted.getLongCardinality());

      TopK chosen = new TopK(k, FlatSearchTest::id);
      FlatSearch choice = new FlatSearch(DistanceFunction.of(metric, query), chosen);
      choice.scan(blocks, FIRST_ORDINAL, wanted);
      assertThat(chosen.best()).as("chosen, " + what).isEqualTo(expected);
      assertThat(choice.rowsScored()).isEqualTo(wanted.getLongCardinality());

      TopK added = new TopK(k, FlatSearchTest::id);
      FlatSearch memory = new FlatSearch(DistanceFunction.of(metric, query), added);
      wanted.forEach((int row) -> memory.add(vectors[row], FIRST_ORDINAL + row));
      memory.flushGathered();
      assertThat(added.best()).as("added, " + what).isEqualTo(expected);
      assertThat(memory.rowsScored()).isEqualTo(wanted.getLongCardinality());
    }
  }

  /** Ids in an order of their own, so that ties are not broken by position. */
  private static String id(long ordinal) {
    return Long.toString((ordinal - FIRST_ORDINAL) * 7_919 % 10_007);
  }

  private static List<TopK.Candidate> sorted(
      Metric metric, float[] query, float[][] vectors, RoaringBitmap wanted, int k) {
    DistanceFunction distance = DistanceFunction.of(metric, query);
    List<TopK.Candidate> all = new ArrayList<>();
    for (int row = 0; row < vectors.length; row++) {
      if (wanted.contains(row)) {
        long ordinal = FIRST_ORDINAL + row;
        all.add(new TopK.Candidate(ordinal, distance.score(vectors[row], 0), id(ordinal)));
      }
    }
    all.sort(Comparator.comparingDouble(TopK.Candidate::score).thenComparing(TopK.Candidate::id));
    return all.subList(0, Math.min(k, all.size()));
  }

  /** Rows in runs of random length, on the heap and off it. */
  private static final class Blocks implements VectorRows {
    private final float[][] vectors;
    private final int dimension;
    private final List<Integer> firstRows = new ArrayList<>();
    private final List<ByteBuffer> blocks = new ArrayList<>();

    Blocks(float[][] vectors, int dimension, Random random) {
      this.vectors = vectors;
      this.dimension = dimension;
      for (int row = 0; row < vectors.length; ) {
        int rows = Math.min(vectors.length - row, 1 + random.nextInt(600));
        int bytes = rows * dimension * Float.BYTES;
        ByteBuffer block =
            random.nextBoolean() ? ByteBuffer.allocate(bytes) : ByteBuffer.allocateDirect(bytes);
        block.order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < rows; i++) {
          block.asFloatBuffer().position(i * dimension).put(vectors[row + i]);
        }
        firstRows.add(row);
        blocks.add(block);
        row += rows;
      }
    }

    @Override
    public int dimension() {
      return dimension;
    }

    @Override
    public int rowCount() {
      return vectors.length;
    }

    @Override
    public void copy(int firstRow, int rows, float[] target, int targetOffset) {
      for (int i = 0; i < rows; i++) {
        System.arraycopy(vectors[firstRow + i], 0, target, targetOffset + i * dimension, dimension);
      }
    }

    @Override
    public int blockCount() {
      return blocks.size();
    }

    @Override
    public int firstRow(int block) {
      return block == blocks.size() ? rowCount() : firstRows.get(block);
    }

    @Override
    public ByteBuffer block(int block) {
      return blocks.get(block);
    }
  }
}
