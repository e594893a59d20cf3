package io.proximadb.bench;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One measured value. Figures of one name and different peers are to be compared.
 *
 * @param name stable: words joined by dashes, groups by dots, for instance {@code read-all.speed}
 * @param value the median, in the unit
 * @param unit for instance {@code GB/s}
 * @param setting on what and how it was measured
 * @param peer what else was measured or compared with; null for ProximaDB alone
 * @param spread the least and the most of the passes whose median the value is, or null
 * @param bar what the value has to reach, or null for a value that is only reported
 */
public record Figure(
    String name,
    double value,
    String unit,
    String setting,
    @Nullable String peer,
    @Nullable Spread spread,
    @Nullable Bar bar) {

  /**
   * The least and the most of several passes.
   *
   * @param min in the figure's unit
   * @param max in the figure's unit
   */
  public record Spread(double min, double max) {
    /** The spread of the values of passes, of which there is at least one. */
    public static Spread of(double[] values) {
      return new Spread(
          Arrays.stream(values).min().orElseThrow(), Arrays.stream(values).max().orElseThrow());
    }

    @Override
    public String toString() {
      return Report.format(min) + ".." + Report.format(max);
    }
  }

  /** A figure of ProximaDB. */
  public static Figure of(String name, double value, String unit, String setting) {
    return new Figure(name, value, unit, setting, null, null, null);
  }

  /** The same figure of, or in relation to, something else. */
  public Figure peer(String name) {
    return new Figure(this.name, value, unit, setting, name, spread, bar);
  }

  /** The same figure with what the single passes showed. */
  public Figure over(double[] passes) {
    return new Figure(name, value, unit, setting, peer, Spread.of(passes), bar);
  }

  /** The same figure with a bar to reach. */
  public Figure mustBe(Bar newBar) {
    return new Figure(name, value, unit, setting, peer, spread, newBar);
  }

  /** True if it reaches its bar; empty if it has none. */
  public Optional<Boolean> reachesBar() {
    return bar == null ? Optional.empty() : Optional.of(bar.isReachedBy(value));
  }
}
