package io.proximadb.wal.mirror;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names of objects: {@code <engine id>/<epoch, 10 digits>/<first sequence, 20 digits>.wal}. */
final class MirrorNames {
  /** What ten digits hold. */
  static final long MAX_EPOCH = 9_999_999_999L;

  private static final Pattern NAME = Pattern.compile("([^/]+)/(\\d{10})/(\\d{20})\\.wal");

  private MirrorNames() {}

  /** Where an object stands in the mirror of its engine; sorts by epoch, then by number. */
  record Position(long epoch, long first) implements Comparable<Position> {
    @Override
    public int compareTo(Position other) {
      int byEpoch = Long.compare(epoch, other.epoch);
      return byEpoch != 0 ? byEpoch : Long.compare(first, other.first);
    }
  }

  static String name(UUID engineId, Position position) {
    return String.format(
        Locale.ROOT, "%s/%010d/%020d.wal", engineId, position.epoch(), position.first());
  }

  /** The position that a name stands for; null for a name that is none of this engine's. */
  static @Nullable Position parse(UUID engineId, String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches() || !matcher.group(1).equals(engineId.toString())) {
      return null;
    }
    String first = matcher.group(3);
    // Twenty digits hold more than a long: such a name is none of ours.
    return first.compareTo("09223372036854775807") > 0
        ? null
        : new Position(Long.parseLong(matcher.group(2)), Long.parseLong(first));
  }

  /** The engine whose folder it is; empty for another folder. */
  static Optional<UUID> engineOf(String folder) {
    try {
      UUID engineId = UUID.fromString(folder);
      return engineId.toString().equals(folder) ? Optional.of(engineId) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
