package io.proximadb.maintenance;

import io.proximadb.error.InvalidArgumentException;
import java.util.Map;

/**
 * How much an engine maintains in the background.
 *
 * @param threads steps that run at the same time, in [0, {@value #MAX_THREADS}]; 0 for none: then
 *     only {@code ProximaEngine.maintain} and other processes do
 */
public record MaintenanceOptions(int threads) {
  /** Property of {@link #threads()}. */
  public static final String THREADS = "proximadb.maintenance.threads";

  /** One: maintenance then takes at most a core, and one row group of memory. */
  public static final int DEFAULT_THREADS = 1;

  /** Upper bound: each thread may hold a row group of 128 MiB. */
  public static final int MAX_THREADS = 64;

  public MaintenanceOptions {
    if (threads < 0 || threads > MAX_THREADS) {
      throw invalid(Integer.toString(threads));
    }
  }

  /**
   * Reads an engine's properties.
   *
   * @throws InvalidArgumentException if a value does not parse or is out of range
   */
  public static MaintenanceOptions of(Map<String, String> properties) {
    String threads = properties.get(THREADS);
    if (threads == null) {
      return new MaintenanceOptions(DEFAULT_THREADS);
    }
    try {
      return new MaintenanceOptions(Integer.parseInt(threads.trim()));
    } catch (NumberFormatException e) {
      InvalidArgumentException invalid = invalid(threads);
      invalid.initCause(e);
      throw invalid;
    }
  }

  private static InvalidArgumentException invalid(String value) {
    return new InvalidArgumentException(
        "Invalid " + THREADS + ": '" + value + "' (expected 0 to " + MAX_THREADS + ")");
  }
}
