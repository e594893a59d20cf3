package io.proximadb.index.approximate;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.index.approximate.Calibration.Point;
import io.proximadb.testkit.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is chosen of points that were measured. */
class CalibrationTest {
  private static final int[] EFFORTS = {10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320};
  private static final int[] RANKS = {10, 14, 20, 40};
  private static final Calibration.Cost COST = (way, rows) -> way.scored() + 10.0 * way.rank();

  private final Random random = Seed.random("CalibrationTest");

  /** Recall of an index whose answers get better with the logarithm of the effort, ever slower. */
  private record Curve(double half, double most) {
    double recall(int effort, int rank) {
      return most * (1 - Math.pow(half, Math.log(effort / 4.0))) * (1 - 1.0 / rank);
    }

    Point point(int effort, int rank) {
      double recall = recall(effort, rank);
      return new Point(1_000, 10, effort, rank, 20 * effort, (float) recall, (float) recall);
    }

    Calibration calibration() {
      List<Point> points = new ArrayList<>();
      for (int effort : EFFORTS) {
        for (int rank : RANKS) {
          if (rank <= effort) {
            points.add(point(effort, rank));
          }
        }
      }
      return new Calibration(points);
    }
  }

  @Test
  void anEffortBetweenTwoThatWereMeasuredReachesTheRecall() {
    int between = 0;
    for (int i = 0; i < 2_000; i++) {
      Curve curve = new Curve(0.2 + 0.4 * random.nextDouble(), 0.99 + 0.01 * random.nextDouble());
      double wanted = 0.5 + 0.49 * random.nextDouble();
      Point chosen = curve.calibration().cheapest(10, 1, 100_000, wanted, COST);
      if (chosen == null) {
        assertThat(curve.recall(320, 40)).isLessThan(wanted + 1e-6);
        continue;
      }
      String what = curve + ", wanted " + wanted + ": " + chosen;
      assertThat(curve.recall(chosen.effort(), chosen.rank()))
          .as(what)
          .isGreaterThan(wanted - 1e-6);
      assertThat((double) chosen.certain()).as(what).isGreaterThan(wanted - 1e-6);
      // What it is said to reach and to cost is not more than it does.
      assertThat((double) chosen.recall())
          .as(what)
          .isLessThan(curve.recall(chosen.effort(), chosen.rank()) + 1e-6);
      for (int effort : EFFORTS) {
        between += effort == chosen.effort() ? 1 : 0;
        if (effort < chosen.effort() && effort >= chosen.rank()) {
          assertThat(curve.recall(effort, chosen.rank())).as(what).isLessThan(wanted);
        }
      }
      if (chosen.effort() > Math.max(EFFORTS[0], chosen.rank())) {
        // An eighth less effort would not reach it: the line is near the curve.
        assertThat(curve.recall((int) (0.88 * chosen.effort()), chosen.rank()))
            .as(what)
            .isLessThan(wanted);
      }
    }
    assertThat(between).isLessThan(1_000);
  }

  @Test
  void withoutLessEffortMeasuredAPointIsTakenAsItIs() {
    Point only = new Point(1_000, 10, 40, 20, 800, 0.97f, 0.96f);
    Point other = new Point(1_000, 10, 20, 10, 400, 0.90f, 0.89f);
    Calibration calibration = new Calibration(List.of(only, other));

    assertThat(calibration.cheapest(10, 1, 1_000, 0.95, COST)).isEqualTo(only);
    assertThat(calibration.cheapest(10, 1, 1_000, 0.99, COST)).isNull();
  }

  @Test
  void aLookAtAllCodesHasNoEffortToLessen() {
    Point walk = new Point(1_000, 10, 10, 10, 50_000, 0.5f, 0.49f);
    Point scan = new Point(1_000, 10, 0, 20, 1_000, 0.99f, 0.98f);
    Calibration calibration = new Calibration(List.of(walk, scan));

    assertThat(calibration.cheapest(10, 1, 1_000, 0.95, COST)).isEqualTo(scan);
  }
}
