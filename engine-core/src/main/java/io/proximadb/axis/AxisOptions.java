package io.proximadb.axis;

import io.proximadb.error.InvalidArgumentException;
import java.util.Map;

/**
 * How much an engine watches its searches.
 *
 * @param monitoring false if nothing is to be measured
 * @param checkShare CPU time that exact checks of sampled searches may take, as a share of one
 *     core, 0 to {@value #MAX_CHECK_SHARE}; 0 for none
 */
public record AxisOptions(boolean monitoring, double checkShare) {
  /** Property of {@link #monitoring()}, {@code true} or {@code false}. */
  public static final String MONITORING = "proximadb.axis.monitoring";

  /** Property of {@link #checkShare()}. */
  public static final String CHECK_SHARE = "proximadb.axis.check-share";

  /** A hundredth of a core: 60,000 rows of 784 numbers are then compared about once a second. */
  public static final double DEFAULT_CHECK_SHARE = 0.01;

  /** Whoever wants to measure more has a benchmark to run. */
  public static final double MAX_CHECK_SHARE = 0.5;

  public AxisOptions {
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
    try {
      return new AxisOptions(monitoring.equals("true"), Double.parseDouble(share.strip()));
    } catch (NumberFormatException e) {
      InvalidArgumentException invalid = invalid(CHECK_SHARE, share, "0 to " + MAX_CHECK_SHARE);
      invalid.initCause(e);
      throw invalid;
    }
  }

  private static InvalidArgumentException invalid(String key, String value, String expected) {
    return new InvalidArgumentException(
        "Invalid " + key + ": '" + value + "' (expected " + expected + ")");
  }
}
