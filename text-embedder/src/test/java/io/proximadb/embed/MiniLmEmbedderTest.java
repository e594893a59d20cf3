package io.proximadb.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MiniLmEmbedderTest {
  /** The same operations on the same numbers: only the order of threads could differ. */
  private static final float SAME = 1e-6f;

  private static MiniLmEmbedder embedder;

  @BeforeAll
  static void load() {
    embedder = MiniLmEmbedder.load();
  }

  @AfterAll
  static void close() {
    embedder.close();
  }

  @Test
  void vectorsHaveTheDimensionAndUnitLength() {
    for (float[] vector : embedder.embed(List.of("a dog", "a much longer text about two dogs"))) {
      assertThat(vector).hasSize(embedder.dimension()).hasSize(384);
      assertThat(dot(vector, vector)).isCloseTo(1.0, within(1e-5));
    }
  }

  @Test
  void textsThatMeanTheSameAreNearer() {
    float[] question = embedder.embed("an instrument for looking at distant things");
    float[] telescope = embedder.embed("a magnifier of images of distant objects");
    float[] soup = embedder.embed("thick soup of vegetables and meat");
    float[] joy = embedder.embed("a feeling of great happiness");

    assertThat(dot(question, telescope)).isGreaterThan(0.4);
    assertThat(dot(question, telescope)).isGreaterThan(dot(question, soup) + 0.2);
    assertThat(dot(question, telescope)).isGreaterThan(dot(question, joy) + 0.2);
  }

  @Test
  void vectorDoesNotDependOnItsBatch() {
    List<String> texts =
        new ArrayList<>(
            IntStream.range(0, MiniLmEmbedder.MAX_BATCH + 40)
                .mapToObj(i -> "word ".repeat(i % 60) + "sentence number " + i)
                .toList());
    List<float[]> together = embedder.embed(texts);
    List<Integer> order =
        new ArrayList<>(IntStream.range(0, texts.size()).boxed().limit(60).toList());
    Collections.shuffle(order, new Random(7));

    for (int i : order) {
      assertThat(embedder.embed(texts.get(i))).containsExactly(together.get(i), within(SAME));
    }
  }

  @Test
  void answersInTheOrderOfTheTexts() {
    List<String> texts = IntStream.range(0, 600).mapToObj(i -> "text " + i).toList();
    List<float[]> vectors = embedder.embed(texts);

    assertThat(vectors).hasSameSizeAs(texts);
    for (int i : new int[] {0, 255, 256, 511, 512, 599}) {
      assertThat(vectors.get(i)).containsExactly(embedder.embed(texts.get(i)), within(SAME));
    }
  }

  @Test
  void readsAsManyTokensAsItSays() {
    String full = "sea ".repeat(MiniLmEmbedder.MAX_TOKENS - 1);
    float[] vector = embedder.embed(full + "lava");

    assertThat(dot(vector, embedder.embed(full + "soup"))).isLessThan(0.999);
    assertThat(embedder.embed(full + "lava and soup")).containsExactly(vector, within(SAME));
  }

  @Test
  void noTextsGiveNoVectors() {
    assertThat(embedder.embed(List.of())).isEmpty();
  }

  @Test
  void refusesBlankText() {
    assertThatThrownBy(() -> embedder.embed(List.of("fine", " \n")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot embed text: it is blank (index=1, of=2)");
  }

  @Test
  void refusesToRunOnNoThread() {
    assertThatThrownBy(() -> MiniLmEmbedder.load(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid number of embedder threads: 0 (expected at least 1)");
  }

  @Test
  void refusesWorkWhenClosed() {
    MiniLmEmbedder other = MiniLmEmbedder.load(1);
    float[] before = other.embed("still open");
    other.close();
    other.close();

    assertThat(before).containsExactly(embedder.embed("still open"), within(SAME));
    assertThatThrownBy(() -> other.embed("too late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Cannot embed text: the embedder is closed");
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
