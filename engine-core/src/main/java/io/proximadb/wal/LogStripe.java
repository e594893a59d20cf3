package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes groups of units as frames to the segments of one stripe, in one folder or in several
 * alike. One thread at a time; after an exception nothing but {@link #close()} makes sense.
 */
final class LogStripe implements Closeable {
  /** A small group is at most that part of what the file is made longer by. */
  private static final int RESERVES_PER_CHUNK = 16;

  private final Disk disk;
  private final List<Path> folders;
  private final LogOwner owner;
  private final int index;
  private final int stripes;
  private final WalOptions options;
  private final LogRetention retention;
  private final GroupEncoder encoder;
  private final CopyTasks copies;

  private byte[] header = {};
  private LogFooter footer = new LogFooter();
  private LogRetention.@Nullable Segment segment;

  /** Held while files are synced beside their writer, and while they are closed. */
  private final Object syncing = new Object();

  /** One for each folder. Replaced, never changed: the thread that syncs in intervals looks in. */
  private volatile List<Disk.Output> outputs = List.of();

  /** Bytes of the segment that are written, and those that its files have. */
  private long position;

  private long reserved;

  LogStripe(
      Disk disk,
      List<Path> folders,
      LogOwner owner,
      int index,
      int stripes,
      WalOptions options,
      LogRetention retention,
      CodecChooser codecs) {
    this.disk = disk;
    this.folders = folders;
    this.owner = owner;
    this.index = index;
    this.stripes = stripes;
    this.options = options;
    this.retention = retention;
    this.encoder = new GroupEncoder(codecs);
    this.copies = new CopyTasks(folders.size());
  }

  /** Makes the segment that begins with a number, durable before its first frame. */
  void begin(long firstSequence) throws IOException {
    long salt = UUID.randomUUID().getLeastSignificantBits();
    header =
        LogHeader.encode(owner, firstSequence, salt, index, stripes, WalSchemas.RECORD).array();
    footer = new LogFooter();
    position = header.length;
    reserved = position;
    encoder.begin(salt);
    List<Path> files = new ArrayList<>();
    for (Path folder : folders) {
      Path file = LogFormat.segment(folder, firstSequence);
      Path temporary = LogFormat.temporary(file);
      disk.delete(temporary);
      try (Disk.Output out = disk.create(temporary)) {
        out.write(ByteBuffer.wrap(header));
        out.sync();
      }
      disk.move(temporary, file);
      disk.syncDirectory(folder);
      files.add(file);
    }
    segment = retention.begin(files, firstSequence, stripes > 1, this);
    List<Disk.Output> opened = new ArrayList<>();
    for (Path file : files) {
      opened.add(disk.append(file));
      outputs = List.copyOf(opened);
    }
  }

  /**
   * Writes units in their order, without making them durable. Before, the segment is ended if they
   * do not fit.
   *
   * @param bytes of the units, encoded
   * @param watermark the number up to which all records are durable
   * @return bytes written
   */
  int write(List<LogUnit> group, long bytes, long watermark) throws IOException {
    if (footer.records() > 0 && position + bytes > options.segmentBytes()) {
      // What is in the segment is durable when its footer says that it is complete.
      sync();
      seal(watermark);
      close();
      begin(group.get(0).firstSequence());
    }
    encoder.encode(group, watermark, footer);
    ByteBuffer frames = encoder.frames();
    int length = frames.remaining();
    // Marks alone reserve nothing: a log at rest takes no room.
    boolean reserve =
        group.stream().anyMatch(unit -> !unit.lastRecordByTable().isEmpty())
            && position + length > reserved
            && (long) length * RESERVES_PER_CHUNK <= options.preallocateBytes()
            && position < options.segmentBytes();
    copies.run(
        outputs,
        out -> {
          if (reserve) {
            out.reserve(length + options.preallocateBytes());
          }
          out.write(frames.duplicate());
        });
    position += length;
    if (reserve) {
      reserved = position + options.preallocateBytes();
    }
    note(group);
    return length;
  }

  /**
   * Ends the segment and makes the one that begins with a number; does nothing if it begins there
   * already.
   *
   * @param watermark the number up to which all records are synced
   */
  void roll(long firstSequence, long watermark) throws IOException {
    if (segment().firstSequence() < firstSequence) {
      sync();
      seal(watermark);
      close();
      begin(firstSequence);
    }
  }

  /** Writes frames in the place of records that are not there, from a first to a last number. */
  void writeLost(long firstSequence, long lastSequence) throws IOException {
    for (long first = firstSequence; first <= lastSequence; ) {
      int count = (int) Math.min(Integer.MAX_VALUE, lastSequence - first + 1);
      ByteBuffer frame = encoder.encodeLost(first, count, first - 1, footer);
      copies.run(outputs, out -> out.write(frame.duplicate()));
      position += frame.remaining();
      first += count;
    }
    retention.reached(segment(), footer.lastSequence());
  }

  private void note(List<LogUnit> group) {
    for (LogUnit unit : group) {
      for (Map.Entry<UUID, Integer> last : unit.lastRecordByTable().entrySet()) {
        long sequence = unit.firstSequence() + last.getValue();
        footer.wrote(last.getKey(), sequence);
        retention.wrote(segment(), last.getKey(), sequence);
      }
    }
    retention.reached(segment(), footer.lastSequence());
  }

  /** Makes durable what was written. */
  void sync() throws IOException {
    copies.run(outputs, Disk.Output::sync);
  }

  /** Makes durable what was written before the call; may run beside a write of another thread. */
  void syncBeside() throws IOException {
    // Files stay open meanwhile: a failure is one of the disk, and counts although the segment may
    // have been ended by then, as the system tells of it only once.
    synchronized (syncing) {
      for (Disk.Output output : outputs) {
        output.sync();
      }
    }
  }

  /**
   * Ends the segment, which must be synced, with a footer, cuts its files behind it, and makes that
   * durable.
   */
  void seal(long watermark) throws IOException {
    ByteBuffer bytes = encoder.encodeFooter(footer, segment().firstSequence(), watermark);
    position += bytes.remaining();
    copies.run(
        outputs,
        out -> {
          out.write(bytes.duplicate());
          if (reserved > position) {
            out.truncate(position);
          }
          out.sync();
        });
  }

  private LogRetention.Segment segment() {
    if (segment == null) {
      throw new IllegalStateException("No segment was begun");
    }
    return segment;
  }

  /** The header of the segment being written. */
  byte[] header() {
    return header;
  }

  /** The frames of the group written last, until the next one. */
  ByteBuffer lastFrames() {
    return encoder.frames();
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    synchronized (syncing) {
      List<Disk.Output> open = outputs;
      outputs = List.of();
      for (Disk.Output output : open) {
        try {
          output.close();
        } catch (IOException e) {
          failure = e;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Ends the threads of the copies. */
  void shutDown() {
    copies.close();
  }
}
