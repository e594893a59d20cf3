package io.proximadb.wal;

import java.nio.file.Path;
import java.time.Duration;
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
 * @param tornTail what was cut off the newest segment: writes that were never acknowledged; null if
 *     nothing was
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
    @Nullable TornTail tornTail,
    Duration elapsed) {

  /**
   * Bytes cut off a segment's end.
   *
   * @param file the segment
   * @param offset its size now
   * @param bytes how many were cut
   * @param reason what was wrong with them
   */
  public record TornTail(Path file, long offset, long bytes, String reason) {}
}
