package io.proximadb.wal;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is in a log, as {@link WalInspector} finds it.
 *
 * @param folder of the log
 * @param home of the engine, or null if the log was looked at without one
 * @param engineId as the home says, or else the segments; null if neither does
 * @param incarnation how often the home was opened; -1 if that is not known
 * @param runningBy who has the home open, or empty; what is found may then be on its way to disk
 * @param directories that hold segments
 * @param released records of stripes up to this number may be gone, as no table needs them; 0 if
 *     none are
 * @param segments in the order of stripes, and in each oldest first; those of damaged headers last
 * @param firstSequence no record of the log has a lower number
 * @param lastSequence the highest number of a sound frame, 0 if there is none
 * @param durableSequence all records up to it were durable, says the log itself
 * @param gaps numbers of records that are damaged or missing
 * @param givenUp numbers of records that an earlier repair has given up
 * @param tables whose records are in the log
 * @param refusal why a recovery would refuse the log, or null if it would not
 * @param actions what a recovery would change, one a line
 * @param notes what else is worth knowing
 */
public record WalInspection(
    Path folder,
    @Nullable Path home,
    @Nullable UUID engineId,
    long incarnation,
    String runningBy,
    List<Directory> directories,
    long released,
    List<Segment> segments,
    long firstSequence,
    long lastSequence,
    long durableSequence,
    List<SequenceRange> gaps,
    List<SequenceRange> givenUp,
    List<Table> tables,
    @Nullable String refusal,
    List<String> actions,
    List<String> notes) {

  /** How a segment ends. */
  public enum State {
    /** With its footer, at the end of the file. */
    SEALED,
    /** Without one, being the newest of its stripe: it is written to, or its engine died. */
    OPEN,
    /** It must have one and has not, or the footer does not fit. */
    INCOMPLETE,
    /** Unknown, as its header is damaged. */
    UNREADABLE
  }

  /**
   * A directory of the log.
   *
   * @param listed false if it was named by the caller only
   * @param missing true if it is listed and is not there
   */
  public record Directory(Path path, DirectoryLayout layout, boolean listed, boolean missing) {}

  /**
   * Bytes that are no good frame.
   *
   * @param offset where they begin
   * @param bytes how many, up to the next good frame or the end of the file
   * @param what is wrong
   */
  public record Damage(
      Path file, long offset, long bytes, String what, String expected, String found) {}

  /**
   * How much of a segment a codec has.
   *
   * @param plainBytes payload before compression
   * @param storedBytes payload as it is stored
   */
  public record Codec(long frames, long plainBytes, long storedBytes) {
    /** Plain bytes for each stored one. */
    public double ratio() {
      return storedBytes == 0 ? 1 : (double) plainBytes / storedBytes;
    }
  }

  /**
   * A segment.
   *
   * @param files that hold it, alike but for damage
   * @param size in bytes, of the first file
   * @param format version; 0 if the header is damaged, and then what follows says nothing but the
   *     first number, which is that of the name
   * @param firstSequence that the header names
   * @param lastSequence of the last sound record, 0 if there is none
   * @param frames that are sound, the footer not counted
   * @param records in them, those given up earlier not counted
   * @param durableSequence all records up to it were durable, says the segment
   * @param tornTail true if its only damage is at the end, where a crash may leave it
   */
  public record Segment(
      List<Path> files,
      long size,
      int format,
      @Nullable UUID engineId,
      long incarnation,
      long epoch,
      int stripe,
      int stripes,
      long firstSequence,
      long lastSequence,
      long frames,
      long records,
      Map<Compression, Codec> codecs,
      State state,
      long durableSequence,
      boolean tornTail,
      List<Damage> damage) {}

  /**
   * What the log has of a table.
   *
   * @param operations how many records of each kind
   * @param lastSequence number of the last record
   * @param flushedSequence the highest that a flush mark names, 0 if there is none
   */
  public record Table(
      UUID uuid,
      Map<WalRecord.Operation, Long> operations,
      long lastSequence,
      long flushedSequence) {}

  /** True if a recovery would accept the log, and nothing but the tail of a crash is damaged. */
  public boolean sound() {
    return refusal == null
        && segments.stream().allMatch(segment -> segment.damage().isEmpty() || segment.tornTail());
  }
}
