package io.proximadb.core;

import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.TableProperties;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes from a table what it notes for engines that have not flushed to it for long: else each
 * engine that ever wrote to a table would leave its properties there for good.
 *
 * <p>What stays is one time, up to which positions are gone. An engine that comes back finds no
 * position of its own, and knows by that time which records of its log may be in the table. A
 * position without a session, of a release that wrote none, has no age and is left alone.
 */
final class IdleLogs {
  /*
   * Concurrency: what an engine notes changes only with its own flush, which needs an epoch of its
   * own. The commit that removes requires this engine's epoch, so nothing changes under it.
   */

  /** Longer than machines are away and come back. */
  static final Duration DEFAULT_RETENTION = Duration.ofDays(30);

  private static final Logger LOG = LoggerFactory.getLogger(IdleLogs.class);

  private IdleLogs() {}

  /** Adds the removal of idle engines' properties to a flush. */
  static void collect(
      RowLevelCommit commit, Map<String, String> properties, String ownId, long nowMillis) {
    long before = nowMillis - retentionMillis(properties);
    long collected = collectedUntilMillis(properties).orElse(Long.MIN_VALUE);
    long until = collected;
    for (Map.Entry<String, String> property : properties.entrySet()) {
      String id = TableProperties.engineOfWalSession(property.getKey()).orElse(ownId);
      if (id.equals(ownId)) {
        continue;
      }
      long flushed =
          FlushSession.parse(property.getValue()).map(FlushSession::atMillis).orElse(nowMillis);
      if (flushed < before) {
        LOG.info("Removing the log position of engine {}, last flushed {}", id, flushed);
        commit.removeProperty(TableProperties.walPosition(id));
        commit.removeProperty(property.getKey());
        until = Math.max(until, flushed);
      }
    }
    if (until > collected) {
      commit.setProperty(TableProperties.WAL_COLLECTED_UNTIL, Long.toString(until));
    }
  }

  /** The time up to which flushes may be of engines whose positions are gone. */
  static OptionalLong collectedUntilMillis(Map<String, String> properties) {
    String text = properties.get(TableProperties.WAL_COLLECTED_UNTIL);
    return text == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
  }

  private static long retentionMillis(Map<String, String> properties) {
    String text = properties.get(TableProperties.WAL_IDLE_RETENTION);
    if (text == null) {
      return DEFAULT_RETENTION.toMillis();
    }
    try {
      return Math.max(1, Long.parseLong(text.strip()));
    } catch (NumberFormatException e) {
      // A flush does not fail for that.
      LOG.warn(
          "Invalid property {}: '{}' (expected milliseconds); taking {}",
          TableProperties.WAL_IDLE_RETENTION,
          text,
          DEFAULT_RETENTION);
      return DEFAULT_RETENTION.toMillis();
    }
  }
}
