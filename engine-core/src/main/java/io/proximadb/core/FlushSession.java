package io.proximadb.core;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The session that made an engine's last flush to a table, as the table's property has it.
 *
 * @param incarnation of the engine's home
 * @param token of that incarnation, see {@link io.proximadb.wal.EngineSessions}
 * @param atMillis when, milliseconds since 1970
 */
record FlushSession(long incarnation, String token, long atMillis) {
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})-([0-9a-f]{16})-([0-9]{1,18})");

  /** Reads a property; empty if it is missing or nothing that an engine writes. */
  static Optional<FlushSession> parse(@Nullable String text) {
    Matcher matcher = TEXT.matcher(text == null ? "" : text);
    return matcher.matches()
        ? Optional.of(
            new FlushSession(
                Long.parseLong(matcher.group(1)),
                matcher.group(2),
                Long.parseLong(matcher.group(3))))
        : Optional.empty();
  }

  /** The property of a flush in the session {@code <incarnation>-<token>}. */
  static String text(String session, long atMillis) {
    return session + "-" + atMillis;
  }
}
