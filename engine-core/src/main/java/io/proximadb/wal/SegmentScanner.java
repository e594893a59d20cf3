package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of a segment, whichever of its files has each of them whole. Not safe for use by
 * several threads.
 */
final class SegmentScanner implements Closeable {
  private final SegmentSource source;
  private final List<LogReader> readers = new ArrayList<>();
  private final List<Range> ranges = new ArrayList<>();
  private final List<Path> damagedFiles = new ArrayList<>();
  private final LogFooter counted = new LogFooter();
  private @Nullable LogFooter footer;
  private LogReader current;
  private LogReader.@Nullable Damage damage;
  private long rangeStart;
  private long highestWatermark;

  /** Bytes of a file that are good. */
  record Range(Path file, long from, long to) {}

  SegmentScanner(Disk disk, SegmentSource source) throws IOException {
    this.source = source;
    try {
      for (Path file : source.files()) {
        readers.add(LogReader.open(disk, file));
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
    this.current = readers.get(0);
  }

  /** The next frame with its payload loaded, or null behind the last good one. Never a footer. */
  @Nullable LogFrame next() throws IOException {
    LogFrame frame = current.next();
    if (frame == null && !(current.sealed() && current.damage() == null)) {
      frame = fromAnotherCopy();
    }
    if (frame == null) {
      endRange();
      return null;
    }
    current.loadPayload(frame);
    highestWatermark = Math.max(highestWatermark, frame.watermark());
    if (frame.footer()) {
      footer =
          source.header().version() == 1
              ? counted
              : LogFooter.decode(current.payload(), current.payloadOffset(), frame.plainLength());
      return next();
    }
    counted.add(frame);
    return frame;
  }

  /** Looks in the other files for what the current one does not have at its position. */
  private @Nullable LogFrame fromAnotherCopy() throws IOException {
    LogReader.Damage found = current.damage();
    for (LogReader other : readers) {
      if (other != current) {
        other.resume(current);
        LogFrame frame = other.next();
        if (frame != null) {
          noteDamaged(current.file());
          endRange();
          current = other;
          rangeStart = frame.offset();
          return frame;
        }
        if (found != null && other.sealed() && other.damage() == null) {
          // Both have the footer, behind which only the current one goes on.
          noteDamaged(current.file());
          endRange();
          current = other;
          return null;
        }
        if (found == null) {
          // The current one ends where the other goes on, if not well.
          found = other.damage();
        }
      }
    }
    damage = found;
    return null;
  }

  /** Reads the files that were not needed, to find out whether they are as good. */
  void verifyCopies() throws IOException {
    for (LogReader other : readers) {
      boolean served = ranges.stream().anyMatch(range -> range.file().equals(other.file()));
      if (!served && other != current) {
        other.restart();
        while (other.position() < current.position() && other.next() != null) {
          // A good frame.
        }
        boolean longer = other.sealed() && other.position() != other.size();
        if (longer
            || other.position() != current.position()
            || other.sealed() != current.sealed()) {
          noteDamaged(other.file());
        }
      }
    }
  }

  /**
   * Goes on behind what no file has whole, at the next good frame of any of them.
   *
   * @return false if there is none
   */
  boolean skipDamage() throws IOException {
    LogReader reader = current;
    LogFrame next = null;
    for (LogReader other : readers) {
      LogFrame found = other.findNext(current.position() + 1, current.nextSequence());
      if (found != null && (next == null || found.offset() < next.offset())) {
        reader = other;
        next = found;
      }
    }
    if (next == null) {
      return false;
    }
    reader.goOnAt(next);
    current = reader;
    rangeStart = next.offset();
    damage = null;
    return true;
  }

  private void noteDamaged(Path file) {
    if (!damagedFiles.contains(file)) {
      damagedFiles.add(file);
    }
  }

  private void endRange() {
    if (current.position() > rangeStart) {
      ranges.add(new Range(current.file(), rangeStart, current.position()));
      rangeStart = current.position();
    }
  }

  SegmentSource source() {
    return source;
  }

  /** The array with the payload of the frame read last. */
  byte[] payload() {
    return current.payload();
  }

  int payloadOffset() {
    return current.payloadOffset();
  }

  /** A copy of the frame read last, as it stands in the file. */
  byte[] frameBytes(LogFrame frame) {
    return current.frameBytes(frame);
  }

  /** The file that had the frame read last. */
  Path file() {
    return current.file();
  }

  /** What was read so far. */
  LogFooter counted() {
    return counted;
  }

  /** What the footer says, or null if none was read or it makes no sense. */
  @Nullable LogFooter footer() {
    return footer;
  }

  /** True if the frame that ends the segment was read. */
  boolean sealed() {
    return current.sealed();
  }

  /** The highest watermark read so far, that of the footer included. */
  long highestWatermark() {
    return highestWatermark;
  }

  /** The bytes that no file has whole, behind the last good frame; null if that is the end. */
  LogReader.@Nullable Damage damage() {
    return damage;
  }

  /** Where the good frames end. */
  long position() {
    return current.position();
  }

  /** True if the good frames end where the file does. */
  boolean endsTheFile() {
    return current.position() == current.size();
  }

  /** Size of the file read last. */
  long size() {
    return current.size();
  }

  /** Files that lack a frame that another one has. */
  List<Path> damagedFiles() {
    return damagedFiles;
  }

  /** Where the good bytes are, from the start of the segment to their end. */
  List<Range> ranges() {
    return List.copyOf(ranges);
  }

  /** A good frame behind the damage with the highest watermark, or null. */
  @Nullable LogFrame findBestWitness() throws IOException {
    LogFrame best = null;
    for (LogReader reader : readers) {
      LogFrame found = reader.findBestWitness(current.position() + 1);
      if (found != null && (best == null || found.watermark() > best.watermark())) {
        best = found;
      }
      if (found != null && found.footer()) {
        return found;
      }
    }
    return best;
  }

  @Override
  public void close() throws IOException {
    for (LogReader reader : readers) {
      reader.close();
    }
  }
}
