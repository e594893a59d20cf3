package io.proximadb.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PassesTest {
  @Test
  void waysTakeTurns() throws IOException {
    List<String> order = new ArrayList<>();
    Passes passes =
        new Passes()
            .add("a", () -> order.add("a") ? 1 : 0)
            .add("b", () -> order.add("b") ? 2 : 0)
            .run(1, 2);

    assertThat(order).containsExactly("a", "b", "a", "b", "a", "b");
    assertThat(passes.sink()).isEqualTo(9);
    assertThat(passes.median("a")).isPositive();
    assertThatThrownBy(() -> passes.median("c")).hasMessage("No pass of 'c' was run, of [a, b]");
  }

  @Test
  void medianIsTheMiddleOrTheMeanOfTheTwo() {
    assertThat(Passes.median(new double[] {9, 1, 2})).isEqualTo(2);
    assertThat(Passes.median(new double[] {9, 1, 2, 4})).isEqualTo(3);
  }
}
