package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes groups of units as frames, and begins a new segment when one is full. For one thread;
 * after an exception nothing but {@link #close()} makes sense.
 */
final class LogWriter implements Closeable {
  /** A frame takes no further unit above this: what one damaged byte can take with it. */
  private static final int FRAME_BYTES = 1 << 20;

  /** Outside of the heap, so that a write does not copy; one write for the usual group. */
  private static final int BUFFER_BYTES = 256 << 10;

  private final Disk disk;
  private final Path folder;
  private final UUID engineId;
  private final long incarnation;
  private final long segmentBytes;
  private final LogRetention retention;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer frameHead =
      ByteBuffer.allocate(LogFormat.FRAME_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private Disk.@Nullable Output output;
  private long salt;

  /** Bytes of the segment, those in the buffer included. */
  private long position;

  private boolean hasRecords;

  LogWriter(
      Disk disk,
      Path folder,
      UUID engineId,
      long incarnation,
      long segmentBytes,
      LogRetention retention) {
    this.disk = disk;
    this.folder = folder;
    this.engineId = engineId;
    this.incarnation = incarnation;
    this.segmentBytes = segmentBytes;
    this.retention = retention;
  }

  /** Makes the segment that begins with a number, durable before its first frame. */
  void begin(long firstSequence) throws IOException {
    Path file = LogFormat.segment(folder, firstSequence);
    Path temporary = LogFormat.temporary(file);
    salt = UUID.randomUUID().getLeastSignificantBits();
    ByteBuffer header =
        LogHeader.encode(
            new LogOwner(engineId, incarnation, 0), firstSequence, salt, 0, 1, WalSchemas.RECORD);
    position = header.remaining();
    hasRecords = false;
    disk.delete(temporary);
    try (Disk.Output out = disk.create(temporary)) {
      out.write(header);
      out.sync();
    }
    disk.move(temporary, file);
    disk.syncDirectory(folder);
    output = disk.append(file);
    retention.begin(file);
  }

  /**
   * Writes units in their order, without making them durable.
   *
   * @param watermark the number up to which all records are durable
   */
  void write(List<LogUnit> group, long watermark) throws IOException {
    int from = 0;
    while (from < group.size()) {
      int to = from;
      long bytes = 0;
      do {
        bytes += group.get(to++).length();
      } while (to < group.size() && bytes + group.get(to).length() <= FRAME_BYTES);
      writeFrame(group.subList(from, to), (int) bytes, watermark);
      from = to;
    }
    drain();
  }

  /** Makes durable what was written. */
  void sync() throws IOException {
    output().sync();
  }

  /** Ends the segment with a seal and makes it durable; all records before it are. */
  void seal(long watermark) throws IOException {
    putHead(0, LogFormat.FLAG_SEAL, watermark, watermark + 1, 0);
    put(frameHead.array(), LogFormat.FRAME_HEADER_BYTES);
    drain();
    sync();
  }

  private void writeFrame(List<LogUnit> units, int length, long watermark) throws IOException {
    long first = units.get(0).firstSequence();
    if (hasRecords && position + LogFormat.FRAME_HEADER_BYTES + length > segmentBytes) {
      drain();
      sync();
      close();
      begin(first);
    }
    int records = 0;
    for (LogUnit unit : units) {
      records += unit.records();
    }
    CRC32C checksum = putHead(length, 0, watermark, first, records);
    for (LogUnit unit : units) {
      checksum.update(unit.bytes(), 0, unit.length());
    }
    frameHead.putInt(LogFormat.FRAME_CHECKSUM_OFFSET, (int) checksum.getValue());
    put(frameHead.array(), LogFormat.FRAME_HEADER_BYTES);
    for (LogUnit unit : units) {
      put(unit.bytes(), unit.length());
      for (Map.Entry<UUID, Integer> last : unit.lastRecordByTable().entrySet()) {
        retention.wrote(last.getKey(), unit.firstSequence() + last.getValue());
      }
    }
    hasRecords = true;
  }

  /** Fills the head of a frame, its checksum as for no payload; the checksum goes on with one. */
  private CRC32C putHead(int length, int flags, long watermark, long first, int records) {
    frameHead.clear();
    frameHead.putInt(LogFormat.FRAME_MAGIC).putInt(length).putInt(0).putInt(flags);
    frameHead.putLong(watermark).putLong(first).putInt(records).putInt(length);
    assert !frameHead.hasRemaining();
    CRC32C checksum = LogFrame.checksum(salt, length);
    checksum.update(
        frameHead.array(),
        LogFormat.FRAME_FLAGS_OFFSET,
        LogFormat.FRAME_HEADER_BYTES - LogFormat.FRAME_FLAGS_OFFSET);
    frameHead.putInt(LogFormat.FRAME_CHECKSUM_OFFSET, (int) checksum.getValue());
    return checksum;
  }

  private void put(byte[] bytes, int length) throws IOException {
    position += length;
    for (int done = 0; done < length; ) {
      if (!buffer.hasRemaining()) {
        drain();
      }
      int count = Math.min(length - done, buffer.remaining());
      buffer.put(bytes, done, count);
      done += count;
    }
  }

  private void drain() throws IOException {
    buffer.flip();
    if (buffer.hasRemaining()) {
      output().write(buffer);
    }
    buffer.clear();
  }

  private Disk.Output output() {
    if (output == null) {
      throw new IllegalStateException("No segment was begun");
    }
    return output;
  }

  @Override
  public void close() throws IOException {
    if (output != null) {
      output.close();
      output = null;
    }
  }
}
