package io.proximadb.core;

import io.proximadb.catalog.TableProperties;
import io.proximadb.wal.WalRecord;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a table's properties say about one engine's log.
 *
 * @param sequence the table has the engine's writes up to this number; 0 if it has none
 * @param session which session of the engine said so and when, see {@link FlushSession}; null if
 *     the engine never flushed to the table, or last did under a release without sessions
 */
record LogPosition(long sequence, @Nullable String session) {
  static LogPosition of(Map<String, String> properties, String engineId) {
    String position = properties.get(TableProperties.walPosition(engineId));
    return new LogPosition(
        position == null ? 0 : Long.parseLong(position),
        properties.get(TableProperties.walSession(engineId)));
  }

  /** The property's value, or null where there is none. */
  @Nullable String position() {
    return sequence == 0 ? null : Long.toString(sequence);
  }

  /**
   * What the log notes of it.
   *
   * @param epoch under which the table is owned; 0 if the note is none of the owner's
   * @param version of the note
   */
  WalRecord mark(UUID table, long epoch, long version) {
    // The session's time, not a later one: whoever removes the position notes that time.
    long atMillis =
        session == null ? 0 : FlushSession.parse(session).map(FlushSession::atMillis).orElse(0L);
    return WalRecord.flushMark(table, epoch, sequence, version, atMillis * 1_000);
  }
}
