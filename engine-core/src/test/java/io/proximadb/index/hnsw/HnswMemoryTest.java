package io.proximadb.index.hnsw;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.index.IndexBuild;
import io.proximadb.model.Metric;
import io.proximadb.testkit.DirectRows;
import io.proximadb.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an index takes beside the vectors is bounded: codes, links, directions, all counted. */
class HnswMemoryTest {
  private static final UUID SOURCE = new UUID(3, 5);
  private static final double INT8_SHARE = 0.30;
  private static final double BITS_SHARE = 0.06;
  private static final int ROW_BYTES = 160;

  private final Random random = Seed.random("HnswMemoryTest");

  private static double bound(long rows, int dimension, int bits) {
    double share = bits == CodedRows.INT8_BITS ? INT8_SHARE : BITS_SHARE;
    return rows * (share * dimension * Float.BYTES + ROW_BYTES);
  }

  /** Of the smallest files that get an index, where what all rows share weighs most. */
  @ParameterizedTest
  @CsvSource({"8,100", "3,100", "1,100", "8,384", "4,384", "4,784"})
  void aLoadedIndexKeepsToIt(int bits, int dimension) throws IOException {
    int count = 4_096;
    float[] vectors = new float[count * dimension];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = (float) random.nextGaussian();
    }
    DirectRows rows = new DirectRows(vectors, dimension);
    // A narrow beam: how good the links are is of no matter here.
    HnswSettings settings = HnswSettings.usual().withBeam(12).withBits(bits);
    HnswIndex built = HnswIndex.build(rows, Metric.COSINE, settings, IndexBuild.inCaller());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    built.calibrated(rows, IndexBuild.inCaller()).write(SOURCE, out);
    HnswIndex loaded =
        HnswReader.read(new ByteArrayInputStream(out.toByteArray()), out.size(), SOURCE, "toy");
    HnswGraph graph = loaded.graph();
    long held =
        loaded.codes().bytes.length
            + (long) Integer.BYTES * (graph.links.length + graph.slotRows.length)
            + (long) dimension * loaded.codes().codes() * (Float.BYTES + 1);
    for (int layer = 1; layer <= graph.top(); layer++) {
      held += (long) Integer.BYTES * graph.links(layer).length;
    }
    assertThat(loaded.memoryBytes())
        .isGreaterThanOrEqualTo(held)
        .isGreaterThan(out.size())
        .isLessThanOrEqualTo((long) bound(count, dimension, bits));
  }

  @Test
  void soDoesAnyOtherByWhatIsForetold() {
    for (int round = 0; round < 2_000; round++) {
      int dimension = 16 + random.nextInt(round % 2 == 0 ? 300 : 3_000);
      int rows = 4_096 + random.nextInt(round % 3 == 0 ? 4_000 : 1_000_000);
      for (int bits : new int[] {1, 2, 3, 4}) {
        HnswSettings settings = HnswSettings.usual().withBits(bits);
        assertThat((double) HnswIndex.memoryBytes(rows, dimension, settings))
            .as("%d rows x %d by %d bits", rows, dimension, bits)
            .isLessThanOrEqualTo(bound(rows, dimension, bits));
      }
    }
  }
}
