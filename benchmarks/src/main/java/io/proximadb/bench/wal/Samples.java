package io.proximadb.bench.wal;

import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values of interleaved passes, by the name of what was measured. */
final class Samples {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();

  /** Adds the value of one pass. */
  void add(String name, double value) {
    values.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
  }

  double median(String name) {
    return Passes.median(passes(name));
  }

  /** Median of one by median of the other. */
  double ratio(String name, String by) {
    return median(name) / median(by);
  }

  /** A figure of the median, with the spread of the passes. */
  Figure figure(String figure, String name, String unit, String setting) {
    return Figure.of(figure, median(name), unit, setting).over(passes(name));
  }

  /** A figure of the ratio of two medians, with the spread of the ratios of the single passes. */
  Figure ratioFigure(String figure, String name, String by, String setting) {
    double[] single = passes(name);
    double[] other = passes(by);
    for (int pass = 0; pass < single.length; pass++) {
      single[pass] /= other[pass];
    }
    return Figure.of(figure, ratio(name, by), "times", setting).over(single);
  }

  private double[] passes(String name) {
    List<Double> passes = values.get(name);
    if (passes == null) {
      throw new IllegalArgumentException(
          "No pass of '" + name + "' was run, of " + values.keySet());
    }
    return passes.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
