package io.proximadb.spark.read;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.query.ReadPoint;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.util.DateTimeUtils;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Options of one read, of a table or of a stream. */
public final class ReadOptions {
  /** The id of a snapshot, or a tag: as in {@code VERSION AS OF}. */
  public static final String VERSION_AS_OF = "versionAsOf";

  /** A timestamp as in {@code TIMESTAMP AS OF}, in the session's time zone if it names none. */
  public static final String TIMESTAMP_AS_OF = "timestampAsOf";

  /** Of a stream: the snapshot whose rows are known already; {@code latest} for the newest. */
  public static final String START_AFTER = "start-after-version";

  /** Of a stream: data files that a batch is made of at most. */
  public static final String MAX_FILES = "max-files-per-trigger";

  /** Of a stream: rows that a batch has at most, but at least one file. */
  public static final String MAX_ROWS = "max-rows-per-trigger";

  private static final Set<String> NAMES = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  static {
    Stream.of(
            VERSION_AS_OF,
            TIMESTAMP_AS_OF,
            START_AFTER,
            MAX_FILES,
            MAX_ROWS,
            SearchSettings.MODE,
            SearchSettings.RECALL)
        .forEach(NAMES::add);
  }

  private ReadOptions() {}

  /** True for an option of a read, in any case of letters. */
  public static boolean isOne(String option) {
    return NAMES.contains(option);
  }

  /**
   * Which snapshot the options ask for.
   *
   * @throws InvalidArgumentException if they are not valid, or ask for two
   */
  public static Function<CollectionTable, ReadPoint> point(CaseInsensitiveStringMap options) {
    String version = options.get(VERSION_AS_OF);
    String time = options.get(TIMESTAMP_AS_OF);
    if (version != null && time != null) {
      throw new InvalidArgumentException(
          "Invalid options: " + VERSION_AS_OF + " and " + TIMESTAMP_AS_OF + " (expected one)");
    }
    if (version != null) {
      return table -> ReadPoint.version(table, version);
    }
    if (time != null) {
      long micros = micros(time);
      return table -> ReadPoint.asOf(table, micros);
    }
    return ReadPoint::current;
  }

  private static long micros(String time) {
    scala.Option<Object> parsed =
        DateTimeUtils.stringToTimestamp(
            UTF8String.fromString(time),
            DateTimeUtils.getZoneId(SQLConf.get().sessionLocalTimeZone()));
    if (parsed.isEmpty()) {
      throw new InvalidArgumentException(
          "Invalid " + TIMESTAMP_AS_OF + ": '" + time + "' (expected a timestamp)");
    }
    return (Long) parsed.get();
  }

  /**
   * A limit of a stream.
   *
   * @return null if it is not set
   * @throws InvalidArgumentException if it is no number above 0
   */
  public static @Nullable Long limit(CaseInsensitiveStringMap options, String name) {
    String text = options.get(name);
    if (text == null) {
      return null;
    }
    try {
      long limit = Long.parseLong(text);
      if (limit > 0) {
        return limit;
      }
    } catch (NumberFormatException e) {
      // As below.
    }
    throw new InvalidArgumentException(
        "Invalid " + name + ": '" + text + "' (expected a number above 0)");
  }
}
