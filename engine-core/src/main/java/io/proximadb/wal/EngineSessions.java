package io.proximadb.wal;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of an engine: a session is one incarnation of its home with a random token. Two
 * copies of a home count the same incarnations, but never share a token of one that began after
 * they parted. Immutable.
 */
public final class EngineSessions {
  /** Most sessions kept, 25 bytes each in the identity file: a week of opening once a minute. */
  public static final int MAX_SESSIONS = 10_000;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern TEXT = Pattern.compile("([0-9]{1,18})-([0-9a-f]{16})");

  private final NavigableMap<Long, String> tokens;

  private EngineSessions(NavigableMap<Long, String> tokens) {
    this.tokens = tokens;
  }

  /** No sessions yet. */
  static EngineSessions none() {
    return new EngineSessions(new TreeMap<>());
  }

  /** The sessions of an identity file, or null if a text is not one or they do not ascend. */
  static @Nullable EngineSessions parse(List<String> texts) {
    NavigableMap<Long, String> tokens = new TreeMap<>();
    for (String text : texts) {
      Matcher matcher = TEXT.matcher(text);
      if (!matcher.matches()) {
        return null;
      }
      long incarnation = Long.parseLong(matcher.group(1));
      if (!tokens.isEmpty() && tokens.lastKey() >= incarnation) {
        return null;
      }
      tokens.put(incarnation, matcher.group(2));
    }
    return new EngineSessions(tokens);
  }

  /** These sessions and one more; the oldest makes room for it if need be. */
  EngineSessions begin(long incarnation) {
    assert tokens.isEmpty() || tokens.lastKey() < incarnation;
    byte[] token = new byte[Long.BYTES];
    RANDOM.nextBytes(token);
    NavigableMap<Long, String> next = new TreeMap<>(tokens);
    next.put(incarnation, HexFormat.of().formatHex(token));
    while (next.size() > MAX_SESSIONS) {
      next.pollFirstEntry();
    }
    return new EngineSessions(next);
  }

  /** All of them, oldest first, as {@code <incarnation>-<token>}. */
  List<String> texts() {
    return tokens.entrySet().stream()
        .map(entry -> entry.getKey() + "-" + entry.getValue())
        .toList();
  }

  /** The session that runs now, {@code <incarnation>-<token>}, the token in 16 hex digits. */
  public String current() {
    return tokens.lastKey() + "-" + tokens.lastEntry().getValue();
  }

  /**
   * True if a session may be one of this engine's own: it is known, or older than the oldest one
   * that is kept. False if a copy of the home had it, or this home before it was put back to an
   * older state.
   */
  public boolean mayHaveHad(long incarnation, String token) {
    String known = tokens.get(incarnation);
    return known == null ? incarnation < tokens.firstKey() : known.equals(token);
  }
}
