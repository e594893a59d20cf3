package io.proximadb.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a footer says about its segment; while a segment is written or read, what one would say.
 *
 * <p>Not safe for use by several threads.
 */
final class LogFooter {
  static final int FIXED_BYTES = 36;
  private static final int TABLE_BYTES = 24;

  private long records;
  private long frames;
  private long plainBytes;
  private long lastSequence;
  private final Map<UUID, Long> lastByTable = new LinkedHashMap<>();

  /** Counts a frame. */
  void add(LogFrame frame) {
    records += frame.records();
    frames++;
    plainBytes += frame.plainLength();
    lastSequence = frame.lastSequence();
  }

  /** A record of a table. */
  void wrote(UUID table, long sequence) {
    lastByTable.put(table, sequence);
  }

  long records() {
    return records;
  }

  long frames() {
    return frames;
  }

  long plainBytes() {
    return plainBytes;
  }

  /** Number of the last record, 0 if there is none. */
  long lastSequence() {
    return lastSequence;
  }

  /** Numbers of each table's last record that needs keeping. */
  Map<UUID, Long> lastByTable() {
    return lastByTable;
  }

  byte[] encode() {
    ByteBuffer bytes =
        ByteBuffer.allocate(FIXED_BYTES + TABLE_BYTES * lastByTable.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(records).putLong(frames).putLong(plainBytes).putLong(lastSequence);
    bytes.putInt(lastByTable.size());
    lastByTable.forEach(
        (table, last) -> {
          bytes.putLong(Long.reverseBytes(table.getMostSignificantBits()));
          bytes.putLong(Long.reverseBytes(table.getLeastSignificantBits()));
          bytes.putLong(last);
        });
    return bytes.array();
  }

  /** Reads a footer; null if its length does not fit its tables. */
  static @Nullable LogFooter decode(byte[] payload, int offset, int length) {
    ByteBuffer bytes = ByteBuffer.wrap(payload, offset, length).order(ByteOrder.LITTLE_ENDIAN);
    LogFooter footer = new LogFooter();
    footer.records = bytes.getLong();
    footer.frames = bytes.getLong();
    footer.plainBytes = bytes.getLong();
    footer.lastSequence = bytes.getLong();
    int tables = bytes.getInt();
    if (tables < 0 || length != FIXED_BYTES + (long) TABLE_BYTES * tables) {
      return null;
    }
    for (int i = 0; i < tables; i++) {
      UUID table = new UUID(Long.reverseBytes(bytes.getLong()), Long.reverseBytes(bytes.getLong()));
      footer.lastByTable.put(table, bytes.getLong());
    }
    return footer;
  }

  /** True if both count the same; tables may differ, as not every record keeps a segment. */
  boolean countsLike(LogFooter other) {
    return records == other.records
        && frames == other.frames
        && plainBytes == other.plainBytes
        && lastSequence == other.lastSequence;
  }

  @Override
  public String toString() {
    return records + " records in " + frames + " frames, last sequence " + lastSequence;
  }
}
