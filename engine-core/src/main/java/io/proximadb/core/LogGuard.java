package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.FencedException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.Timestamps;
import java.util.Optional;

/**
 * Refuses a table that holds writes of another copy of this engine: one of a cloned home, or of
 * this home before an older backup of it was restored. Their logs number different writes alike, so
 * replaying one over the other would lose some and apply others twice.
 */
final class LogGuard {
  private static final String WAY_OUT =
      " Open the engine with a new home; records that were acknowledged only in this home's log can"
          + " be salvaged with './proximadb wal inspect'.";

  private final Surroundings engine;
  private final CollectionName table;

  LogGuard(Surroundings engine, CollectionName table) {
    this.engine = engine;
    this.table = table;
  }

  /** What a table holds of this engine's log, if it is this engine's own doing. */
  LogPosition check(CollectionTable metadata) {
    LogPosition found = LogPosition.of(metadata.properties(), engine.engineId());
    checkSession(found);
    return found;
  }

  private void checkSession(LogPosition found) {
    String text = found.session();
    if (text == null) {
      // Of a release without sessions, or never flushed.
      return;
    }
    Optional<FlushSession> session = FlushSession.parse(text);
    if (session
        .filter(known -> engine.sessions().mayHaveHad(known.incarnation(), known.token()))
        .isPresent()) {
      return;
    }
    throw new FencedException(
        "Cannot open '"
            + table
            + "': another copy of this engine flushed to it up to "
            + found.sequence()
            + session
                .map(known -> " at " + Timestamps.ofMicros(known.atMillis() * 1_000))
                .orElse("")
            + ", so this home was cloned or restored from an older backup (engine="
            + engine.engineId()
            + ", session of the table="
            + text
            + ", session of this home="
            + engine.sessions().current()
            + ")."
            + WAY_OUT);
  }

  /** A log that starts anew would number records that recovery then takes for flushed ones. */
  void checkLogReaches(LogPosition found) {
    long next = engine.wal().nextSequence();
    if (found.sequence() >= next) {
      throw new CorruptFileException(
          "Cannot open '"
              + table
              + "': its table holds this engine's writes up to "
              + found.sequence()
              + ", but the log ends at "
              + (next - 1)
              + "; the log was removed or is an older copy (restore it, or open the engine with a"
              + " new home)");
    }
  }

  /** The table was put back to an older state, and the log no longer has what it lost. */
  static CorruptFileException tableIsOlder(
      CollectionName table, long holds, long held, long logBegins) {
    return new CorruptFileException(
        "Cannot open '"
            + table
            + "': its table holds this engine's writes up to "
            + holds
            + ", but held them up to "
            + held
            + " before, and the log begins at "
            + logBegins
            + "; the table or its catalog was restored from an older backup (restore a newer one)."
            + WAY_OUT);
  }

  /** The engine was away for so long that the table does not know any more what it has of it. */
  static FencedException collected(
      CollectionName table, long records, long firstMicros, long untilMillis) {
    return new FencedException(
        "Cannot open '"
            + table
            + "': the log has "
            + records
            + " records of it from "
            + Timestamps.ofMicros(firstMicros)
            + " on that may be in the table or not, because this engine did not flush to it for so"
            + " long that its position was removed (positions up to "
            + Timestamps.ofMicros(untilMillis * 1_000)
            + " are gone)."
            + WAY_OUT);
  }
}
