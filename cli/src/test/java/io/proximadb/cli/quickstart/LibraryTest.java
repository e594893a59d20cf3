package io.proximadb.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LibraryTest {
  private static final float[] EAST = {1, 0};

  private final Library library = new Library();

  @BeforeEach
  void fill() {
    library.apply(
        List.of(
            gloss("upsert", "a", "x", 1, 0),
            gloss("upsert", "b", "x", 1, 1),
            gloss("upsert", "c", "y", 1, 0.1f),
            gloss("upsert", "d", "y", 0, 1)));
  }

  private static EmbeddedGloss gloss(String change, String id, String category, float... vector) {
    return new EmbeddedGloss(new Gloss(change, id, "word", category, 1, "gloss"), vector);
  }

  @Test
  void changesCountOnceForEachId() {
    List<EmbeddedGloss> changes =
        List.of(
            gloss("upsert", "a", "x", 0, 1),
            gloss("delete", "b", ""),
            gloss("upsert", "e", "x", 1, 0));

    assertThat(library.countKnown(changes)).isEqualTo(1);
    library.apply(changes);
    assertThat(library.size()).isEqualTo(4);
    assertThat(library.faultOf(List.of("e", "c"), EAST, null, 2)).isEmpty();
  }

  @Test
  void acceptsTheNearestOnly() {
    assertThat(library.faultOf(List.of("a", "c", "b"), EAST, null, 3)).isEmpty();
    assertThat(library.faultOf(List.of("c", "d"), EAST, "y", 3)).isEmpty();
    assertThat(library.faultOf(List.of("a", "b", "c"), EAST, null, 3))
        .hasValueSatisfying(fault -> assertThat(fault).startsWith("number 2 is b"));
    assertThat(library.faultOf(List.of("a", "c"), EAST, null, 3))
        .hasValue("[a, c] (expected 3 different ids)");
    assertThat(library.faultOf(List.of("a", "a", "c"), EAST, null, 3)).isPresent();
    assertThat(library.faultOf(List.of("c", "b"), EAST, "y", 2))
        .hasValue("b is not a row that may be in it");
    assertThat(library.faultOf(List.of("zzz"), EAST, null, 1))
        .hasValue("zzz is not a row that may be in it");
  }
}
