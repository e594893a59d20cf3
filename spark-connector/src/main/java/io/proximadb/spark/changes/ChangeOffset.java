package io.proximadb.spark.changes;

import io.proximadb.error.InvalidArgumentException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.connector.read.streaming.Offset;

/**
 * How far a stream has come: up to a part of a snapshot.
 *
 * <p>As text {@code {"snapshot":6051,"parts":3,"whole":false}}: parts, of which the snapshot has
 * one for each changed file, are counted in their order; -1 is all of them.
 */
final class ChangeOffset extends Offset {
  /** In place of a snapshot: before the first commit. */
  static final long NONE = -1;

  /** All parts of a snapshot. */
  static final int ALL = -1;

  private static final Pattern TEXT =
      Pattern.compile(
          "\\{\"snapshot\":(-?\\d{1,19}),\"parts\":(-?\\d{1,9}),\"whole\":(true|false)\\}");

  private final long snapshot;
  private final int parts;
  private final boolean whole;

  /**
   * A place in a stream.
   *
   * @param snapshot its id, or {@link #NONE}
   * @param parts how many of its parts are over, or {@link #ALL}
   * @param whole true if the parts are all its files, and not those that its commit changed
   */
  ChangeOffset(long snapshot, int parts, boolean whole) {
    this.snapshot = snapshot;
    this.parts = parts;
    this.whole = whole;
  }

  /** The end of a snapshot; of none for null. */
  static ChangeOffset after(@org.jspecify.annotations.Nullable Long snapshot) {
    return new ChangeOffset(snapshot == null ? NONE : snapshot, ALL, false);
  }

  /**
   * Reads what {@link #json()} wrote.
   *
   * @throws InvalidArgumentException if it is something else
   */
  static ChangeOffset parse(String json) {
    Matcher text = TEXT.matcher(json.strip());
    if (!text.matches()) {
      throw new InvalidArgumentException(
          "Invalid offset of a stream: '" + json + "' (expected one that ProximaDB wrote)");
    }
    return new ChangeOffset(
        Long.parseLong(text.group(1)),
        Integer.parseInt(text.group(2)),
        Boolean.parseBoolean(text.group(3)));
  }

  long snapshot() {
    return snapshot;
  }

  int parts() {
    return parts;
  }

  boolean isWhole() {
    return whole;
  }

  /** True if nothing of the snapshot is left. */
  boolean isOver() {
    return parts == ALL;
  }

  @Override
  public String json() {
    return String.format(
        Locale.ROOT, "{\"snapshot\":%d,\"parts\":%d,\"whole\":%b}", snapshot, parts, whole);
  }
}
