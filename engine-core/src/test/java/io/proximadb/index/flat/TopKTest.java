package io.proximadb.index.flat;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.testkit.Seed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TopKTest {
  @Test
  void itKeepsWhatSortingWouldPutFirst() {
    Random random = Seed.random("TopKTest");
    for (int round = 0; round < 2_000; round++) {
      int count = random.nextInt(60);
      int k = 1 + random.nextInt(20);
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        ids.add("id" + i);
      }
      Collections.shuffle(ids, random);
      int distinctScores = 1 + random.nextInt(30);
      List<TopK.Candidate> all = new ArrayList<>();
      TopK top = new TopK(k, ordinal -> ids.get((int) ordinal));
      for (int i = 0; i < count; i++) {
        double score = random.nextInt(distinctScores) - 3;
        all.add(new TopK.Candidate(i, score, ids.get(i)));
        if (score <= top.bound()) {
          top.offer(i, score);
        }
      }
      all.sort(Comparator.comparingDouble(TopK.Candidate::score).thenComparing(TopK.Candidate::id));
      assertThat(top.best())
          .as("round " + round + ", seed " + Seed.value())
          .isEqualTo(all.subList(0, Math.min(k, count)));
    }
  }

  @Test
  void idsAreNotAskedForWhileScoresDiffer() {
    List<Long> asked = new ArrayList<>();
    TopK top =
        new TopK(
            3,
            ordinal -> {
              asked.add(ordinal);
              return "id" + ordinal;
            });
    for (int i = 100; i > 0; i--) {
      top.offer(i, i);
    }
    assertThat(asked).isEmpty();
    assertThat(top.best()).extracting(TopK.Candidate::ordinal).containsExactly(1L, 2L, 3L);
    assertThat(asked).hasSize(3);
  }

  @Test
  void amongEqualScoresEachIdIsAskedForOnce() {
    List<Long> asked = new ArrayList<>();
    TopK top =
        new TopK(
            5,
            ordinal -> {
              asked.add(ordinal);
              return "id" + ordinal;
            });
    for (int i = 0; i < 1_000; i++) {
      top.offer(i, 1.5);
    }
    assertThat(top.best())
        .extracting(TopK.Candidate::id)
        .containsExactly("id0", "id1", "id10", "id100", "id101");
    assertThat(asked).hasSize(1_000).doesNotHaveDuplicates();
  }
}
