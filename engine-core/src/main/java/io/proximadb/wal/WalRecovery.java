package io.proximadb.wal;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What opening a log found.
 *
 * @param segments how many segments were read
 * @param frames how many good frames
 * @param records how many records were replayed
 * @param bytes size of all segments as they were found
 * @param firstSequence number of the oldest record, or the next one if there is none
 * @param nextSequence the number that the next record gets
 * @param closedInOrder true if the log was closed by its engine, or is new; false after a crash
 * @param tornTails what was cut off the newest segments: writes that were never acknowledged
 * @param mirroredRecords how many records came from the mirror on an object store, because the
 *     local log did not have them
 * @param notes what else was done: copies made anew, records given up by an earlier repair
 * @param elapsed time from start to end of reading
 */
public record WalRecovery(
    int segments,
    long frames,
    long records,
    long bytes,
    long firstSequence,
    long nextSequence,
    boolean closedInOrder,
    List<TornTail> tornTails,
    long mirroredRecords,
    List<String> notes,
    Duration elapsed) {

  /**
   * Bytes cut off a segment's end.
   *
   * @param file the segment
   * @param offset its size now, its footer not counted
   * @param bytes how many were cut
   * @param reason what was wrong with them
   */
  public record TornTail(Path file, long offset, long bytes, String reason) {}

  /** The first of the torn tails, or null if nothing was cut. */
  public @Nullable TornTail tornTail() {
    return tornTails.isEmpty() ? null : tornTails.get(0);
  }
}
