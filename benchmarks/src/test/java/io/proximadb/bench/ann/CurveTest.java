package io.proximadb.bench.ann;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class CurveTest {
  @Test
  void speedIsThatBetweenTheSettingsAroundARecall() {
    Curve curve =
        new Curve(
            List.of(
                new Curve.Point(1, 0.90, 4_000),
                new Curve.Point(3, 0.99, 250),
                new Curve.Point(2, 0.96, 1_000),
                // Beaten by setting 2 in both.
                new Curve.Point(4, 0.95, 900)));
    assertThat(curve.speedAt(0.96)).hasValue(1_000);
    assertThat(curve.speedAt(0.93).orElseThrow()).isCloseTo(2_000, within(1e-6));
    assertThat(curve.speedAt(0.975).orElseThrow()).isCloseTo(500, within(1e-6));
    assertThat(curve.speedAt(0.5)).hasValue(4_000);
    assertThat(curve.speedAt(0.991)).isEmpty();
  }
}
