package io.proximadb.bench.ann;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/** Recall against speed, of one library on one set. */
final class Curve {
  /** A setting's recall and its median speed in queries a second. */
  record Point(int setting, double recall, double speed) {}

  /** Settings that no other beats in both, by ascending recall and descending speed. */
  private final List<Point> points = new ArrayList<>();

  Curve(List<Point> measured) {
    List<Point> descending = new ArrayList<>(measured);
    descending.sort(
        Comparator.comparingDouble(Point::recall).thenComparingDouble(Point::speed).reversed());
    for (Point point : descending) {
      if (points.isEmpty() || point.speed() > points.get(0).speed()) {
        points.add(0, point);
      }
    }
  }

  /** The settings that count, by ascending recall. */
  List<Point> points() {
    return List.copyOf(points);
  }

  /**
   * The speed at a recall: between the two settings around it on a logarithmic scale, or that of
   * the fastest setting if all have more. Empty if no setting has it.
   */
  OptionalDouble speedAt(double recall) {
    for (int i = 0; i < points.size(); i++) {
      Point high = points.get(i);
      if (high.recall() >= recall) {
        if (i == 0) {
          return OptionalDouble.of(high.speed());
        }
        Point low = points.get(i - 1);
        double share = (recall - low.recall()) / (high.recall() - low.recall());
        return OptionalDouble.of(low.speed() * Math.pow(high.speed() / low.speed(), share));
      }
    }
    return OptionalDouble.empty();
  }
}
