package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.DataProfile;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collection's vectors are like, told from a sample. */
class DataProfileTest {
  private static final int DIMENSION = 16;
  private static final int SAMPLE = 4_096;

  @TempDir Path folder;

  private final Random random = Seed.random("DataProfileTest");
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void open() {
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs =
        engine.createCollection(
            CollectionName.parse("docs"),
            CollectionSchema.builder().vector(DIMENSION, Metric.EUCLIDEAN).build());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** Writes a file of rows around a point. */
  private void file(int from, int to, double centre) {
    List<VectorRecord> records = new ArrayList<>();
    for (int id = from; id < to; id++) {
      float[] vector = new float[DIMENSION];
      for (int i = 0; i < DIMENSION; i++) {
        vector[i] = (float) (centre + random.nextGaussian());
      }
      records.add(VectorRecord.of("r" + id, vector, Map.of()));
    }
    docs.upsert(records);
    docs.flush();
  }

  @Test
  void aSmallCollectionIsLookedAtWhole() {
    assertThat(docs.profile(null).sampledRows()).isZero();
    file(0, 1_000, 0);
    DataProfile profile = docs.profile("vector");
    assertThat(profile.rows()).isEqualTo(1_000);
    assertThat(profile.sampledRows()).isEqualTo(1_000);
    assertThat(profile.dimension()).isEqualTo(DIMENSION);
    assertThat(profile.normMean()).isCloseTo(Math.sqrt(DIMENSION), within(0.2));
    assertThat(profile.duplicateShare()).isZero();
    assertThat(profile.drift()).as("of one file").isEmpty();
  }

  @Test
  void theSampleIsEvenAndOnlyWhatIsNewIsRead() {
    file(0, 9_000, 0);
    DataProfile first = docs.profile(null);
    assertThat(first.sampledRows()).isEqualTo(SAMPLE);
    assertThat(first.newlyRead()).isEqualTo(SAMPLE);
    assertThat(docs.profile(null).newlyRead()).isZero();
    file(9_000, 10_000, 0);
    DataProfile more = docs.profile(null);
    assertThat(more.sampledRows()).isEqualTo(SAMPLE);
    assertThat(more.newlyRead()).isCloseTo(SAMPLE / 10, within(120));
    assertThat(more.drift().orElseThrow()).isLessThan(0.15);
    file(10_000, 12_000, 2);
    DataProfile moved = docs.profile(null);
    assertThat(moved.newlyRead()).isCloseTo(SAMPLE / 6, within(150));
    assertThat(moved.drift().orElseThrow()).isGreaterThan(0.8);
    double far = Math.sqrt(DIMENSION * 5.0);
    assertThat(moved.normMean())
        .isCloseTo(Math.sqrt(DIMENSION) * 10 / 12 + far * 2 / 12, within(0.2));
  }

  @Test
  void deadRowsAreNotDrawn() {
    file(0, 6_000, 0);
    file(6_000, 9_000, 100);
    docs.delete(IntStream.range(6_000, 7_500).mapToObj(id -> "r" + id).toList());
    docs.flush();
    // Not flushed, and so hidden and not deleted.
    docs.delete(IntStream.range(7_500, 9_000).mapToObj(id -> "r" + id).toList());
    DataProfile profile = docs.profile(null);
    assertThat(profile.sampledRows()).isBetween(3_000, SAMPLE);
    assertThat(profile.normMean()).isCloseTo(Math.sqrt(DIMENSION), within(0.2));
  }

  @Test
  void onlyDenseFieldsHaveOne() {
    assertThatThrownBy(() -> docs.profile("title"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'title'")
        .hasMessageContaining("[vector]");
  }
}
