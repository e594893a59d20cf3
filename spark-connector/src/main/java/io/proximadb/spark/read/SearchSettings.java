package io.proximadb.spark.read;

import io.proximadb.api.SearchRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Goals;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether {@code ORDER BY distance LIMIT k} may be approximate, and how many of the nearest rows it
 * is to find. A read option says it for one read, then the session's setting, then the table's
 * property; without any of them the answer is exact.
 */
public final class SearchSettings {
  /** Of a session, and with the table's prefix in place of this one of a table. */
  public static final String SESSION_PREFIX = "spark.proximadb.";

  public static final String TABLE_PREFIX = "proximadb.";

  /** {@value #EXACT}, {@value #APPROXIMATE} or {@value #OFF}. */
  public static final String MODE = "search.mode";

  /** The share of the nearest rows that an approximate search is to find, in (0, 1]. */
  public static final String RECALL = "search.recall";

  /** Read option: why a plan does not make use of the scan's search, set by the planner. */
  public static final String NOTE = "proximadb.search.note";

  public static final String EXACT = "exact";
  public static final String APPROXIMATE = "approx";

  /** Leaves orders and joins by distance to Spark; the answers are those of {@link #EXACT}. */
  public static final String OFF = "off";

  private SearchSettings() {}

  /** True if the session leaves all orders and joins by distance to Spark. */
  public static boolean isSessionOff() {
    return SQLConf.get().getConfString(SESSION_PREFIX + MODE, "").equalsIgnoreCase(OFF);
  }

  /**
   * The recall to search with.
   *
   * @return in (0, 1]; 1 if the answer has to be exact, 0 if searching is off
   * @throws InvalidArgumentException if a setting has no valid value
   */
  static double recall(CaseInsensitiveStringMap options, Map<String, String> properties) {
    String mode = setting(MODE, options, properties);
    if (mode == null || mode.equalsIgnoreCase(EXACT)) {
      return 1;
    }
    checkMode(mode);
    return mode.equalsIgnoreCase(OFF) ? 0 : approximateRecall(options, properties);
  }

  /**
   * The recall to look the nearest rows up with for a join, which says itself whether the answer
   * may be approximate: settings make it exact, or leave it to Spark.
   *
   * @return in (0, 1]; 1 if the answer is exact, 0 if searching is off
   * @throws InvalidArgumentException if a setting has no valid value
   */
  public static double joinRecall(
      boolean approximate, CaseInsensitiveStringMap options, Map<String, String> properties) {
    String mode = setting(MODE, options, properties);
    if (mode != null) {
      checkMode(mode);
      if (mode.equalsIgnoreCase(OFF)) {
        return 0;
      }
    }
    return !approximate || EXACT.equalsIgnoreCase(mode)
        ? 1
        : approximateRecall(options, properties);
  }

  /** The recall of a search that was asked to be approximate. */
  private static double approximateRecall(
      CaseInsensitiveStringMap options, Map<String, String> properties) {
    String recall = setting(RECALL, options, properties);
    return recall == null
        ? Goals.of(properties, (property, problem) -> {})
            .recall()
            .orElse(SearchRequest.DEFAULT_RECALL)
        : parseRecall(recall);
  }

  /**
   * Checks a value of {@link #MODE}.
   *
   * @throws InvalidArgumentException if it is none
   */
  public static void checkMode(String mode) {
    if (!mode.equalsIgnoreCase(EXACT)
        && !mode.equalsIgnoreCase(APPROXIMATE)
        && !mode.equalsIgnoreCase(OFF)) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid %s: '%s' (expected %s, %s or %s)",
              MODE,
              mode,
              EXACT,
              APPROXIMATE,
              OFF));
    }
  }

  /**
   * Reads a value of {@link #RECALL}.
   *
   * @throws InvalidArgumentException if it is none
   */
  public static double parseRecall(String text) {
    double recall;
    try {
      recall = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      recall = Double.NaN;
    }
    if (!(recall > 0 && recall <= 1)) {
      throw new InvalidArgumentException(
          "Invalid " + RECALL + ": '" + text + "' (expected a number above 0, at most 1)");
    }
    return recall;
  }

  private static @Nullable String setting(
      String key, CaseInsensitiveStringMap options, Map<String, String> properties) {
    String option = options.get(key);
    if (option != null) {
      return option;
    }
    String session = SQLConf.get().getConfString(SESSION_PREFIX + key, "");
    return session.isEmpty() ? properties.get(TABLE_PREFIX + key) : session;
  }
}
