package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.Disk;
import io.proximadb.wal.WalInspection.Damage;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads all frames of a segment that are sound, also those behind damage. Not safe for use by
 * several threads.
 */
final class SegmentSalvage implements Closeable {
  private final SegmentScanner scanner;
  private final FrameRecords decoder;
  private final LogFooter counted = new LogFooter();
  private final List<Damage> damage = new ArrayList<>();
  private List<WalRecord> records = List.of();
  private boolean damagedTail;

  SegmentSalvage(Disk disk, SegmentSource source) throws IOException {
    this.scanner = new SegmentScanner(disk, source);
    this.decoder = new FrameRecords(source.header());
  }

  /** The next sound frame, or null behind the last. Never a footer. */
  @Nullable LogFrame next() throws IOException {
    while (true) {
      LogFrame frame = scanner.next();
      if (frame == null) {
        if (!goOn()) {
          return null;
        }
      } else if (decode(frame)) {
        counted.add(frame);
        return frame;
      }
    }
  }

  /** Behind the last frame in a row: looks for one behind what ends the row. */
  private boolean goOn() throws IOException {
    LogReader.Damage found = scanner.damage();
    if (scanner.sealed() && found == null) {
      return false;
    }
    long from = scanner.position();
    long size = scanner.size();
    boolean more = !scanner.sealed() && scanner.skipDamage();
    if (found == null && !more) {
      return false;
    }
    if (found == null) {
      found = new LogReader.Damage(from, "file ends early", "a frame", "the end");
    }
    damagedTail = !more;
    note(found, from, (more ? scanner.position() : size) - from);
    return more;
  }

  private boolean decode(LogFrame frame) throws IOException {
    try {
      records =
          decoder.decode(
              frame, scanner.payload(), scanner.payloadOffset(), scanner.file(), counted);
      return true;
    } catch (CorruptFileException e) {
      String message = String.valueOf(e.getMessage());
      note(
          new LogReader.Damage(frame.offset(), message, "records", "none"),
          frame.offset(),
          frame.endOffset() - frame.offset());
      return false;
    }
  }

  private void note(LogReader.Damage found, long from, long bytes) {
    damage.add(
        new Damage(scanner.file(), from, bytes, found.what(), found.expected(), found.found()));
  }

  /** The records of the frame read last. */
  List<WalRecord> records() {
    return records;
  }

  /** A copy of the frame read last, as it stands in the file. */
  byte[] frameBytes(LogFrame frame) {
    return scanner.frameBytes(frame);
  }

  /** The sound frames read so far. */
  LogFooter counted() {
    return counted;
  }

  /** What no file has whole; complete behind the last frame. */
  List<Damage> damage() {
    return damage;
  }

  /** True if the last of the damage reaches to the end of the file. */
  boolean damagedTail() {
    return damagedTail;
  }

  /** True if the segment ends with a footer. */
  boolean sealed() {
    return scanner.sealed();
  }

  /** True if the footer is at the end of the file, and counts what was read. */
  boolean endsWell() {
    LogFooter footer = scanner.footer();
    return scanner.sealed()
        && scanner.endsTheFile()
        && footer != null
        && footer.countsLike(scanner.counted());
  }

  long position() {
    return scanner.position();
  }

  long size() {
    return scanner.size();
  }

  /** The highest watermark, that of the footer included. */
  long highestWatermark() {
    LogFooter footer = scanner.footer();
    return Math.max(scanner.highestWatermark(), footer == null ? 0 : footer.lastSequence());
  }

  @Override
  public void close() throws IOException {
    scanner.close();
  }
}
