package io.proximadb.storage.lsm;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import io.proximadb.storage.TableContext;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What finds the block of an id: the bloom filter and the first id of each block. Safe for use by
 * several threads.
 */
final class LsmIndex implements Closeable {
  private final ByteBuffer bytes;
  private final int groups;
  private final int blocks;
  private final int starts;
  private final int ids;
  private final @Nullable FileBytes file;

  private LsmIndex(ByteBuffer bytes, @Nullable FileBytes file) {
    this.bytes = bytes;
    this.file = file;
    this.groups = bytes.getInt(LsmIndexFormat.GROUPS_OFFSET);
    this.blocks = bytes.getInt(LsmIndexFormat.BLOCKS_OFFSET);
    this.starts = LsmIndexFormat.BLOOM_OFFSET + groups * LsmIndexFormat.GROUP_BYTES;
    this.ids = starts + (blocks + 1) * Integer.BYTES;
  }

  /** An index as {@link LsmIndexBuilder} made it. */
  static LsmIndex of(byte[] bytes) {
    return new LsmIndex(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), null);
  }

  /**
   * Opens the side file of a data file and verifies all of it.
   *
   * @param dataChecksum checksum in the data file's header
   * @throws CorruptFileException if it is damaged or belongs to another file
   * @throws UnsupportedVersionException if a newer version wrote it
   * @throws io.proximadb.error.NotFoundException if there is none
   */
  static LsmIndex open(
      TableContext table, String dataFileName, int rows, int blocks, int dataChecksum) {
    String location = table.lsmIndexLocation(dataFileName);
    FileBytes file = FileBytes.open(table.io(), location, -1);
    boolean opened = false;
    try {
      if (file.size() < LsmIndexFormat.MIN_BYTES || file.size() > Integer.MAX_VALUE) {
        throw corrupt(file, "size", 0, file.size(), "at least " + LsmIndexFormat.MIN_BYTES);
      }
      ByteBuffer bytes = file.read(0, (int) file.size());
      verify(file, bytes);
      check(file, bytes, LsmIndexFormat.ROWS_OFFSET, "row count", rows);
      check(file, bytes, LsmIndexFormat.BLOCKS_OFFSET, "block count", blocks);
      check(file, bytes, LsmIndexFormat.GROUPS_OFFSET, "filter", LsmIndexFormat.groups(rows));
      check(file, bytes, LsmIndexFormat.DATA_CHECKSUM_OFFSET, "data file", dataChecksum);
      UUID uuid =
          new UUID(
              bytes.getLong(LsmIndexFormat.TABLE_UUID_OFFSET),
              bytes.getLong(LsmIndexFormat.TABLE_UUID_OFFSET + Long.BYTES));
      if (!uuid.equals(table.tableUuid())) {
        throw corrupt(file, "table", LsmIndexFormat.TABLE_UUID_OFFSET, uuid, table.tableUuid());
      }
      LsmIndex index = new LsmIndex(bytes, file);
      opened = true;
      return index;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  private static void verify(FileBytes file, ByteBuffer bytes) {
    byte[] magic = new byte[LsmIndexFormat.MAGIC.length];
    bytes.get(0, magic);
    if (!Arrays.equals(magic, LsmIndexFormat.MAGIC)) {
      throw corrupt(file, "magic", 0, Arrays.toString(magic), "PROXIMA LSMINDX");
    }
    int end = bytes.limit() - LsmIndexFormat.FOOTER_BYTES;
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.duplicate().limit(end));
    int stored = bytes.getInt(end);
    if ((int) checksum.getValue() != stored) {
      throw corrupt(
          file,
          "checksum",
          end,
          Integer.toHexString((int) checksum.getValue()),
          Integer.toHexString(stored));
    }
    byte[] mark = new byte[LsmIndexFormat.END.length];
    bytes.get(end + Integer.BYTES, mark);
    if (!Arrays.equals(mark, LsmIndexFormat.END)) {
      throw corrupt(file, "end mark", end + Integer.BYTES, Arrays.toString(mark), "PXLE");
    }
    int version = bytes.getInt(LsmIndexFormat.VERSION_OFFSET);
    if (version != LsmIndexFormat.VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported lsm index "
              + file.location()
              + ": v"
              + version
              + " (supported: v"
              + LsmIndexFormat.VERSION
              + ")");
    }
  }

  private static void check(
      FileBytes file, ByteBuffer bytes, int offset, String part, int expected) {
    int found = bytes.getInt(offset);
    if (found != expected) {
      throw corrupt(file, part, offset, found, expected);
    }
  }

  private static CorruptFileException corrupt(
      FileBytes file, String part, int offset, Object found, Object expected) {
    return new CorruptFileException(
        String.format(
            Locale.ROOT,
            "Cannot read lsm index %s: wrong %s at offset %d (found=%s, expected=%s)",
            file.location(),
            part,
            offset,
            found,
            expected));
  }

  /** False if no id with that hash is in the file. */
  boolean mayContain(long hash) {
    int group =
        LsmIndexFormat.BLOOM_OFFSET
            + LsmIndexFormat.group(hash, groups) * LsmIndexFormat.GROUP_BYTES;
    for (int probe = 0; probe < LsmIndexFormat.PROBES; probe++) {
      int place = LsmIndexFormat.place(hash, probe);
      // Little-endian words: bit k of a group is bit k mod 8 of byte k / 8 too.
      if ((bytes.get(group + (place >> 3)) >> (place & 7) & 1) == 0) {
        return false;
      }
    }
    return true;
  }

  /** The last block whose first id is not above this one, or -1. */
  int blockOf(byte[] id) {
    int low = 0;
    int high = blocks;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compareFirst(middle, id) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  private int compareFirst(int block, byte[] id) {
    int from = bytes.getInt(starts + block * Integer.BYTES);
    int to = bytes.getInt(starts + (block + 1) * Integer.BYTES);
    return RunBlock.compare(bytes, ids + from, to - from, id);
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
