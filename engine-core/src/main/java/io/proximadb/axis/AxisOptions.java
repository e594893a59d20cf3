package io.proximadb.axis;

import io.proximadb.error.InvalidArgumentException;
import java.util.Map;
import java.util.function.Function;

/**
 * How much an engine watches its searches.
 *
 * @param monitoring false if nothing is to be measured
 * @param checkShare CPU time that exact checks of sampled searches may take, as a share of one
 *     core, 0 to {@value #MAX_CHECK_SHARE}; 0 for none
 * @param checkBytes vectors that one check may compare with, bytes, at least 0; a field that has
 *     more is not checked, and its migrations are judged by what both indexes find together
 */
public record AxisOptions(boolean monitoring, double checkShare, long checkBytes) {
  /** Property of {@link #monitoring()}, {@code true} or {@code false}. */
  public static final String MONITORING = "proximadb.axis.monitoring";

  /** Property of {@link #checkShare()}. */
  public static final String CHECK_SHARE = "proximadb.axis.check-share";

  /** Property of {@link #checkBytes()}. */
  public static final String CHECK_BYTES = "proximadb.axis.check-bytes";

  /** A hundredth of a core: 60,000 rows of 784 numbers are then compared about once a second. */
  public static final double DEFAULT_CHECK_SHARE = 0.01;

  /** Whoever wants to measure more has a benchmark to run. */
  public static final double MAX_CHECK_SHARE = 0.5;

  /** So many bytes take about a second to compare where they are in memory. */
  public static final long DEFAULT_CHECK_BYTES = 4L << 30;

  public AxisOptions {
    if (checkBytes < 0) {
      throw invalid(CHECK_BYTES, Long.toString(checkBytes), "at least 0");
    }
    if (!(checkShare >= 0 && checkShare <= MAX_CHECK_SHARE)) {
      throw invalid(CHECK_SHARE, Double.toString(checkShare), "0 to " + MAX_CHECK_SHARE);
    }
  }

  /**
   * Reads an engine's properties.
   *
   * @throws InvalidArgumentException if a value does not parse or is out of range
   */
  public static AxisOptions of(Map<String, String> properties) {
    String monitoring = properties.getOrDefault(MONITORING, "true").strip();
    if (!monitoring.equals("true") && !monitoring.equals("false")) {
      throw invalid(MONITORING, monitoring, "true or false");
    }
    String share = properties.getOrDefault(CHECK_SHARE, Double.toString(DEFAULT_CHECK_SHARE));
    String bytes = properties.getOrDefault(CHECK_BYTES, Long.toString(DEFAULT_CHECK_BYTES));
    return new AxisOptions(
        monitoring.equals("true"),
        number(CHECK_SHARE, share, "0 to " + MAX_CHECK_SHARE, Double::parseDouble),
        number(CHECK_BYTES, bytes, "whole bytes, at least 0", Long::parseLong));
  }

  private static <T> T number(
      String key, String value, String expected, Function<String, T> parser) {
    try {
      return parser.apply(value.strip());
    } catch (NumberFormatException e) {
      InvalidArgumentException invalid = invalid(key, value, expected);
      invalid.initCause(e);
      throw invalid;
    }
  }

  private static InvalidArgumentException invalid(String key, String value, String expected) {
    return new InvalidArgumentException(
        "Invalid " + key + ": '" + value + "' (expected " + expected + ")");
  }
}
