package io.proximadb.axis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchResponse;
import io.proximadb.axis.RecallWindow.Measured;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a checked answer counts for. */
class RecallTest {
  private static SearchResponse answer(SearchHit... hits) {
    return new SearchResponse(
        List.of(hits), OptionalLong.empty(), 0, 0, 0, OptionalDouble.empty(), "");
  }

  private static SearchHit hit(String id, double distance) {
    return new SearchHit(id, distance, Map.of());
  }

  @Test
  void anAnswerCountsForItsShareOfTheTrueOne() {
    SearchResponse truth = answer(hit("a", 1), hit("b", 2), hit("c", 2), hit("d", 3));
    assertThat(RecallWindow.recall(truth, truth)).isEqualTo(1);
    SearchResponse half = answer(hit("a", 1), hit("c", 2), hit("x", 4), hit("y", 5));
    assertThat(RecallWindow.recall(truth, half)).isEqualTo(0.5);
    SearchResponse equal = answer(hit("a", 1), hit("b", 2), hit("c", 2), hit("e", 3));
    assertThat(RecallWindow.recall(truth, equal)).as("as near as the last").isEqualTo(1);
    assertThat(RecallWindow.recall(truth, answer())).isZero();
    assertThat(RecallWindow.recall(answer(), answer())).isEqualTo(1);
  }

  @Test
  void theWindowKeepsTheLastChecks() {
    RecallWindow window = new RecallWindow();
    assertThat(window.measured()).isEqualTo(new Measured(0, 0, 0));
    window.add(0.5);
    assertThat(window.measured()).isEqualTo(new Measured(0.5, 0, 1));
    window.add(1);
    assertThat(window.measured().mean()).isEqualTo(0.75);
    assertThat(window.measured().standardError()).isEqualTo(0.25, within(1e-12));
    for (int i = 0; i < RecallWindow.MAX_CHECKS; i++) {
      window.add(0.9);
    }
    assertThat(window.measured().mean()).isEqualTo(0.9, within(1e-12));
    assertThat(window.measured().checks()).isEqualTo(RecallWindow.MAX_CHECKS);
    assertThat(window.count()).isEqualTo(2 + RecallWindow.MAX_CHECKS);
  }
}
