package io.proximadb.index.hnsw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.index.IndexBuild;
import io.proximadb.model.Metric;
import io.proximadb.testkit.DirectRows;
import io.proximadb.testkit.Seed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HnswFormatTest {
  private static final UUID SOURCE = new UUID(1, 2);
  private static final int DIMENSION = 20;
  private static final HnswSettings SETTINGS =
      HnswSettings.usual().withDegree(8).withBeam(20).withCodes(9);

  private final Random random = Seed.random("HnswFormatTest");

  @ParameterizedTest
  @EnumSource(names = {"EUCLIDEAN", "COSINE", "DOT"})
  void whatIsReadSearchesAsWhatWasWritten(Metric metric) throws IOException {
    DirectRows rows = rows(700);
    HnswIndex index = HnswIndex.build(rows, metric, SETTINGS, IndexBuild.inCaller());
    byte[] written = written(index);

    HnswIndex read = read(written);

    assertThat(read.metric()).isEqualTo(metric);
    assertThat(read.memoryBytes()).isEqualTo(index.memoryBytes());
    assertThat(written(read)).isEqualTo(written);
    HnswSearcher before = new HnswSearcher(index, rows);
    HnswSearcher after = new HnswSearcher(read, rows);
    for (int i = 0; i < 50; i++) {
      float[] query = rows(1).row(0);
      HnswHits expected = before.search(query, 5, 30, 20, null);
      HnswHits found = after.search(query, 5, 30, 20, null);
      assertThat(found.rows()).isEqualTo(expected.rows());
      assertThat(found.scores()).isEqualTo(expected.scores());
      assertThat(found.rowsScored()).isEqualTo(expected.rowsScored());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void soDoFewerBits(int bits) throws IOException {
    DirectRows rows = rows(700);
    HnswSettings settings = SETTINGS.withBits(bits).withCodes(17);
    HnswIndex index = HnswIndex.build(rows, Metric.EUCLIDEAN, settings, IndexBuild.inCaller());
    byte[] written = written(index);
    HnswIndex read = read(written);
    assertThat(read.codes().bits()).isEqualTo(bits);
    assertThat(read.memoryBytes()).isEqualTo(index.memoryBytes());
    assertThat(written(read)).isEqualTo(written);
    HnswSearcher before = new HnswSearcher(index, rows);
    HnswSearcher after = new HnswSearcher(read, rows);
    for (int i = 0; i < 50; i++) {
      float[] query = rows(1).row(0);
      HnswHits expected = before.search(query, 5, 30, 20, null);
      assertThat(after.search(query, 5, 30, 20, null).rows()).isEqualTo(expected.rows());
    }
  }

  @Test
  void aSingleRowIsKept() throws IOException {
    HnswIndex index = HnswIndex.build(rows(1), Metric.EUCLIDEAN, SETTINGS, IndexBuild.inCaller());
    assertThat(written(read(written(index)))).isEqualTo(written(index));
  }

  @Test
  void everyFlippedBitIsFoundOut() throws IOException {
    byte[] written = written(index(60));
    for (int at = 0; at < written.length; at++) {
      byte[] damaged = written.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      boolean version = at >= HnswFormat.VERSION_OFFSET && at < HnswFormat.VERSION_OFFSET + 4;
      assertThatThrownBy(() -> read(damaged))
          .as("byte %d of %d", at, written.length)
          .isInstanceOfAny(
              CorruptFileException.class,
              version ? UnsupportedVersionException.class : CorruptFileException.class)
          .hasMessageContaining("file=toy.hnsw");
    }
  }

  @Test
  void filesCutShortOrTooLongAreRefused() throws IOException {
    byte[] written = written(index(60));
    for (int length = 0; length < written.length; length += 1 + random.nextInt(9)) {
      byte[] cut = Arrays.copyOf(written, length);
      assertThatThrownBy(() -> read(cut)).isInstanceOf(CorruptFileException.class);
      // The length that a catalog says may be that of the whole file.
      assertThatThrownBy(
              () ->
                  HnswReader.read(
                      new ByteArrayInputStream(cut), written.length, SOURCE, "toy.hnsw"))
          .isInstanceOf(CorruptFileException.class);
    }
    assertThatThrownBy(() -> read(Arrays.copyOf(written, written.length + 1)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("expected " + written.length);
  }

  @Test
  void newerVersionsAndOtherRowsAreRefused() throws IOException {
    byte[] newer = written(index(60));
    newer[HnswFormat.VERSION_OFFSET] = 3;
    assertThatThrownBy(() -> read(newer))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("version 3 (supported: 2");
    byte[] written = written(index(60));
    assertThatThrownBy(
            () ->
                HnswReader.read(
                    new ByteArrayInputStream(written), written.length, new UUID(1, 3), "toy.hnsw"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(SOURCE.toString());
  }

  private HnswIndex index(int count) {
    return HnswIndex.build(rows(count), Metric.EUCLIDEAN, SETTINGS, IndexBuild.inCaller());
  }

  private static byte[] written(HnswIndex index) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    HnswWriter.write(index, SOURCE, out);
    return out.toByteArray();
  }

  private static HnswIndex read(byte[] bytes) throws IOException {
    return HnswReader.read(new ByteArrayInputStream(bytes), bytes.length, SOURCE, "toy.hnsw");
  }

  private DirectRows rows(int count) {
    float[] vectors = new float[count * DIMENSION];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = (float) random.nextGaussian();
    }
    return new DirectRows(vectors, DIMENSION);
  }
}
