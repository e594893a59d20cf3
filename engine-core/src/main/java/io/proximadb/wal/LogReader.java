package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of one file of a segment in order, up to its end or to the first bytes that are
 * no good frame. Whether those are a torn tail or damage is for {@link LogRecovery} to say.
 */
final class LogReader implements Closeable {
  private final LogInput in;
  private final LogHeader header;
  private final int maxFrameBytes;
  private long position;
  private long nextSequence;
  private @Nullable Damage damage;
  private boolean sealed;
  private byte[] plain = {};
  private byte[] payload = {};
  private int payloadOffset;

  /** The first bytes that are no good frame. */
  record Damage(long offset, String what, String expected, String found) {
    CorruptFileException toException(Path file) {
      return LogHeader.corrupt(file, offset, what, expected, found);
    }
  }

  private LogReader(LogInput in, LogHeader header) {
    this.in = in;
    this.header = header;
    this.maxFrameBytes =
        (int) Math.min(in.size(), Integer.MAX_VALUE - LogFormat.HEADER_PREFIX_BYTES);
    this.position = header.length();
    this.nextSequence = header.firstSequence();
  }

  /**
   * Opens a segment and checks its header.
   *
   * @throws CorruptFileException if the header is damaged
   * @throws io.proximadb.error.UnsupportedVersionException if a newer release wrote it
   */
  static LogReader open(Disk disk, Path file) throws IOException {
    SeekableByteChannel channel = disk.read(file);
    try {
      return open(new LogInput(file, channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Opens a segment in memory; the file is for messages. */
  static LogReader open(Path file, byte[] bytes) throws IOException {
    return open(new LogInput(file, bytes));
  }

  private static LogReader open(LogInput in) throws IOException {
    return new LogReader(in, LogHeader.read(in));
  }

  LogHeader header() {
    return header;
  }

  Path file() {
    return in.file();
  }

  /** Where the good frames end so far. */
  long position() {
    return position;
  }

  /** The number after the last record read. */
  long nextSequence() {
    return nextSequence;
  }

  /** True if the frame that ends a segment was read. */
  boolean sealed() {
    return sealed;
  }

  /** What stopped {@link #next()} before the end of the file, or null. */
  @Nullable Damage damage() {
    return damage;
  }

  long size() {
    return in.size();
  }

  /** Goes on at a place where another copy of the same segment has read to. */
  void resume(LogReader other) {
    position = other.position;
    nextSequence = other.nextSequence;
    sealed = other.sealed;
    damage = null;
  }

  /** Goes back to the first frame. */
  void restart() {
    position = header.length();
    nextSequence = header.firstSequence();
    sealed = false;
    damage = null;
  }

  /** The array that holds the payload loaded last, at {@link #payloadOffset()}. */
  byte[] payload() {
    return payload;
  }

  int payloadOffset() {
    return payloadOffset;
  }

  /**
   * The next good frame; null at the end or at damage. Zeros up to the end of the file are the end.
   */
  @Nullable LogFrame next() throws IOException {
    if (damage != null || position == in.size() || zerosFrom(position)) {
      return null;
    }
    if (sealed) {
      damage = new Damage(position, "bytes after the footer", "the end of the file", "more");
      return null;
    }
    LogFrame frame = check(position, true);
    if (frame == null) {
      return null;
    }
    boolean follows =
        header.version() == 1
            ? frame.firstSequence() == nextSequence
            : frame.firstSequence() >= nextSequence;
    if (!follows) {
      damage =
          new Damage(
              position,
              "numbers of records do not follow",
              Long.toString(nextSequence),
              Long.toString(frame.firstSequence()));
      return null;
    }
    position = frame.endOffset();
    nextSequence = frame.firstSequence() + frame.records();
    sealed = frame.footer();
    return frame;
  }

  /** A copy of the frame read last, as it stands in the file. */
  byte[] frameBytes(LogFrame frame) {
    return in.copy(frame.offset(), (int) (frame.endOffset() - frame.offset()));
  }

  /** Makes the decompressed payload of the frame read last available. */
  void loadPayload(LogFrame frame) throws IOException {
    int index = in.indexOf(frame.payloadOffset());
    if (frame.codec() == 0) {
      payload = in.window();
      payloadOffset = index;
      return;
    }
    if (plain.length < frame.plainLength()) {
      plain = new byte[frame.plainLength()];
    }
    FrameCodec.of(frame.codec())
        .decompress(in.window(), index, frame.length(), plain, frame.plainLength());
    payload = plain;
    payloadOffset = 0;
  }

  /** True if nothing but zeros follows. */
  boolean zerosFrom(long offset) throws IOException {
    long from = offset;
    while (from < in.size()) {
      long count = Math.min(in.size() - from, LogFormat.FRAME_HEADER_BYTES);
      in.load(from, count);
      for (long i = from; i < from + count; i++) {
        if (in.byteAt(i) != 0) {
          return false;
        }
      }
      from += count;
    }
    return true;
  }

  /**
   * Looks behind damage for good frames.
   *
   * @return the one with the highest watermark, or null if there is none
   */
  @Nullable LogFrame findBestWitness(long fromOffset) throws IOException {
    LogFrame best = null;
    for (long offset = fromOffset; in.load(offset, LogFormat.FRAME_HEADER_BYTES); offset++) {
      if (in.intAt(offset) == LogFormat.FRAME_MAGIC) {
        LogFrame frame = check(offset, false);
        if (frame != null && (best == null || frame.watermark() > best.watermark())) {
          best = frame;
        }
      }
    }
    return best;
  }

  /**
   * Looks behind damage for the first good frame whose records have at least a number.
   *
   * @return null if there is none
   */
  @Nullable LogFrame findNext(long fromOffset, long lowestSequence) throws IOException {
    for (long offset = fromOffset; in.load(offset, LogFormat.FRAME_HEADER_BYTES); offset++) {
      if (in.intAt(offset) == LogFormat.FRAME_MAGIC) {
        LogFrame frame = check(offset, false);
        if (frame != null && frame.firstSequence() >= lowestSequence) {
          return frame;
        }
      }
    }
    return null;
  }

  /** Goes on at a good frame, whatever is in front of it. */
  void goOnAt(LogFrame frame) {
    position = frame.offset();
    nextSequence = frame.firstSequence();
    sealed = false;
    damage = null;
  }

  /** The frame at an offset if it is good; otherwise null, and the damage noted if asked. */
  private @Nullable LogFrame check(long offset, boolean note) throws IOException {
    Damage found = null;
    LogFrame frame = null;
    if (!in.load(offset, LogFormat.FRAME_HEADER_BYTES)) {
      found =
          new Damage(
              offset,
              "head of a frame is cut off",
              LogFormat.FRAME_HEADER_BYTES + " bytes",
              (in.size() - offset) + " bytes");
    } else {
      int magic = in.intAt(offset + LogFormat.FRAME_MAGIC_OFFSET);
      int length = in.intAt(offset + LogFormat.FRAME_LENGTH_OFFSET);
      if (magic != LogFormat.FRAME_MAGIC) {
        found = new Damage(offset, "no frame begins here", hex(LogFormat.FRAME_MAGIC), hex(magic));
      } else if (length < 0
          || length > maxFrameBytes
          || !in.load(offset, (long) LogFormat.FRAME_HEADER_BYTES + length)) {
        found =
            new Damage(
                offset + LogFormat.FRAME_LENGTH_OFFSET,
                "frame is cut off or its length is damaged",
                "at most " + (in.size() - offset - LogFormat.FRAME_HEADER_BYTES),
                Integer.toString(length));
      } else {
        found = checksum(offset, length);
        frame = found == null ? decode(offset, length) : null;
        if (found == null && frame == null) {
          found =
              new Damage(
                  offset + LogFormat.FRAME_FLAGS_OFFSET,
                  "head of a frame makes no sense",
                  "known flags and counts",
                  hex(in.intAt(offset + LogFormat.FRAME_FLAGS_OFFSET)));
        }
      }
    }
    if (note) {
      damage = found;
    }
    return frame;
  }

  private @Nullable Damage checksum(long offset, int length) {
    int expected = in.intAt(offset + LogFormat.FRAME_CHECKSUM_OFFSET);
    CRC32C checksum = LogFrame.checksum(header.salt(), length);
    checksum.update(
        in.window(),
        in.indexOf(offset + LogFormat.FRAME_FLAGS_OFFSET),
        LogFormat.FRAME_HEADER_BYTES - LogFormat.FRAME_FLAGS_OFFSET + length);
    int found = (int) checksum.getValue();
    return expected == found
        ? null
        : new Damage(offset, "checksum of a frame differs", hex(expected), hex(found));
  }

  private @Nullable LogFrame decode(long offset, int length) {
    LogFrame frame =
        new LogFrame(
            offset,
            length,
            in.intAt(offset + LogFormat.FRAME_FLAGS_OFFSET),
            in.longAt(offset + LogFormat.FRAME_WATERMARK_OFFSET),
            in.longAt(offset + LogFormat.FRAME_FIRST_SEQUENCE_OFFSET),
            in.intAt(offset + LogFormat.FRAME_COUNT_OFFSET),
            in.intAt(offset + LogFormat.FRAME_PLAIN_LENGTH_OFFSET));
    return frame.makesSense(header.version()) ? frame : null;
  }

  private static String hex(int value) {
    return LogHeader.hex(value);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
