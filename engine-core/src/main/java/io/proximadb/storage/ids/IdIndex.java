package io.proximadb.storage.ids;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import io.proximadb.storage.HashOrder;
import io.proximadb.storage.IdKeys;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.TableContext;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The hashes of a data file's ids in ascending order with the positions of their rows. A hash that
 * is met is a candidate: whoever asks compares the stored id. Safe for use by several threads.
 */
public final class IdIndex implements Closeable {
  /** A set smaller than this part of the index is looked up hash by hash, a larger one merged. */
  private static final int MERGE_FACTOR = 16;

  private final LongBuffer hashes;
  private final IntBuffer positions;
  private final int size;
  private final @Nullable FileBytes file;

  /** Makes touching more than nothing; means nothing. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  private IdIndex(LongBuffer hashes, IntBuffer positions, @Nullable FileBytes file) {
    this.hashes = hashes;
    this.positions = positions;
    this.size = positions.limit();
    this.file = file;
  }

  /** Says whether the id stored at a position is the one looked for. */
  public interface IdCheck {
    boolean isAt(int position);
  }

  /** Takes the matches of a set: the set's ordinal of a hash, and a position that has it. */
  public interface CandidateSink {
    void candidate(int ordinal, int position);
  }

  /**
   * Opens the index of a data file and verifies all of it.
   *
   * @param dataFileName name of the data file, without folder
   * @param rows rows of the data file
   * @throws CorruptFileException if it is damaged or belongs to another file
   * @throws UnsupportedVersionException if a newer version wrote it
   * @throws io.proximadb.error.NotFoundException if there is none
   */
  public static IdIndex open(TableContext table, String dataFileName, int rows) {
    byte[] name = dataFileName.getBytes(StandardCharsets.UTF_8);
    long expectedSize = IdIndexFormat.size(name.length, rows);
    FileBytes file = FileBytes.open(table.io(), table.idIndexLocation(dataFileName), expectedSize);
    boolean opened = false;
    try {
      if (file.size() != expectedSize) {
        throw corrupt(file, "size", 0, file.size(), expectedSize);
      }
      ByteBuffer bytes = file.read(0, Math.toIntExact(file.size()));
      verify(file, bytes, table.tableUuid(), name, rows);
      int hashesOffset = IdIndexFormat.hashesOffset(name.length);
      int positionsOffset = hashesOffset + rows * IdIndexFormat.HASH_BYTES;
      LongBuffer hashes =
          bytes
              .slice(hashesOffset, rows * IdIndexFormat.HASH_BYTES)
              .order(bytes.order())
              .asLongBuffer();
      IntBuffer positions =
          bytes
              .slice(positionsOffset, rows * IdIndexFormat.POSITION_BYTES)
              .order(bytes.order())
              .asIntBuffer();
      IdIndex index = new IdIndex(hashes, positions, file);
      opened = true;
      return index;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** An index in memory, from the hashes in row order. */
  public static IdIndex of(long[] rowHashes) {
    int[] order = HashOrder.of(rowHashes, rowHashes.length);
    long[] sorted = new long[rowHashes.length];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = rowHashes[order[i]];
    }
    return new IdIndex(LongBuffer.wrap(sorted), IntBuffer.wrap(order), null);
  }

  private static void verify(
      FileBytes file, ByteBuffer bytes, UUID tableUuid, byte[] name, int rows) {
    byte[] tag = new byte[IdIndexFormat.MAGIC.length];
    bytes.get(0, tag);
    if (!Arrays.equals(tag, IdIndexFormat.MAGIC)) {
      throw corrupt(file, "magic", 0, bytes.getLong(0), "PROXIMA");
    }
    int checksumOffset = bytes.limit() - IdIndexFormat.FOOTER_BYTES;
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.duplicate().limit(checksumOffset));
    int stored = bytes.getInt(checksumOffset);
    if ((int) checksum.getValue() != stored) {
      throw corrupt(
          file,
          "checksum",
          checksumOffset,
          Integer.toHexString((int) checksum.getValue()),
          Integer.toHexString(stored));
    }
    byte[] end = new byte[IdIndexFormat.END.length];
    bytes.get(checksumOffset + IdIndexFormat.CHECKSUM_BYTES, end);
    if (!Arrays.equals(end, IdIndexFormat.END)) {
      throw corrupt(file, "end mark", checksumOffset + 4, Arrays.toString(end), "PXIE");
    }
    bytes.get(IdIndexFormat.NAME_OFFSET, tag);
    if (!Arrays.equals(tag, IdIndexFormat.NAME)) {
      throw corrupt(
          file, "format name", IdIndexFormat.NAME_OFFSET, Arrays.toString(tag), "IDINDEX");
    }
    int version = bytes.getInt(IdIndexFormat.VERSION_OFFSET);
    if (version != IdIndexFormat.VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported id index "
              + file.location()
              + ": v"
              + version
              + " (supported: v"
              + IdIndexFormat.VERSION
              + ")");
    }
    if (bytes.getInt(IdIndexFormat.ROWS_OFFSET) != rows) {
      throw corrupt(
          file,
          "row count",
          IdIndexFormat.ROWS_OFFSET,
          bytes.getInt(IdIndexFormat.ROWS_OFFSET),
          rows);
    }
    UUID uuid =
        new UUID(
            bytes.getLong(IdIndexFormat.TABLE_UUID_OFFSET),
            bytes.getLong(IdIndexFormat.TABLE_UUID_OFFSET + Long.BYTES));
    if (!uuid.equals(tableUuid)) {
      throw corrupt(file, "table", IdIndexFormat.TABLE_UUID_OFFSET, uuid, tableUuid);
    }
    byte[] storedName = new byte[name.length];
    bytes.get(IdIndexFormat.FILE_NAME_OFFSET, storedName);
    if (bytes.getInt(IdIndexFormat.FILE_NAME_LENGTH_OFFSET) != name.length
        || !Arrays.equals(storedName, name)) {
      throw corrupt(
          file,
          "data file",
          IdIndexFormat.FILE_NAME_OFFSET,
          new String(storedName, StandardCharsets.UTF_8),
          new String(name, StandardCharsets.UTF_8));
    }
  }

  private static CorruptFileException corrupt(
      FileBytes file, String part, int offset, Object found, Object expected) {
    return new CorruptFileException(
        String.format(
            Locale.ROOT,
            "Cannot read id index %s: wrong %s at offset %d (found=%s, expected=%s)",
            file.location(),
            part,
            offset,
            found,
            expected));
  }

  public int size() {
    return size;
  }

  /** The i-th hash. */
  public long hash(int i) {
    return hashes.get(i);
  }

  /** The position that belongs to the i-th hash. */
  public int position(int i) {
    return positions.get(i);
  }

  /**
   * Reads the places where hashes are guessed to be: a run of reads none of which waits for another
   * one's answer, so that their cache misses overlap and the looks that follow have none.
   */
  public void touch(IdKeys keys) {
    if (size == 0) {
      return;
    }
    long read = 0;
    for (int i = 0; i < keys.size(); i++) {
      int guess = guess(keys.hash(i));
      read ^= hashes.get(guess) ^ positions.get(guess);
    }
    touched = read;
  }

  /** The position of the id with this hash that the check confirms, or -1. */
  public int find(long hash, IdCheck check) {
    for (int i = lowerBound(hash, 0); i < size && hashes.get(i) == hash; i++) {
      if (check.isAt(positions.get(i))) {
        return positions.get(i);
      }
    }
    return -1;
  }

  /** Reports every pair of a hash of the set and a position with that hash. */
  public void findAll(IdSet ids, CandidateSink sink) {
    boolean merge = ids.size() > size / MERGE_FACTOR;
    int at = 0;
    for (int ordinal = 0; ordinal < ids.size() && at < size; ordinal++) {
      long wanted = ids.hash(ordinal);
      if (merge) {
        while (at < size && Long.compareUnsigned(hashes.get(at), wanted) < 0) {
          at++;
        }
      } else {
        at = lowerBound(wanted, at);
      }
      for (int i = at; i < size && hashes.get(i) == wanted; i++) {
        sink.candidate(ordinal, positions.get(i));
      }
    }
  }

  /**
   * The first place from {@code low} on whose hash is not below. Hashes are spread evenly, so the
   * place is guessed from the number itself and then closed in on from there.
   */
  private int lowerBound(long hash, int low) {
    int guess = Math.max(low, guess(hash));
    int from;
    int to;
    int step = 8;
    if (guess < size && Long.compareUnsigned(hashes.get(guess), hash) < 0) {
      from = guess + 1;
      to = Math.min(size, guess + step);
      while (to < size && Long.compareUnsigned(hashes.get(to), hash) < 0) {
        from = to + 1;
        step *= 2;
        to = (int) Math.min(size, (long) to + step);
      }
    } else {
      to = Math.min(guess, size);
      from = Math.max(low, to - step);
      while (from > low && Long.compareUnsigned(hashes.get(from), hash) >= 0) {
        to = from;
        step *= 2;
        from = Math.max(low, to - step);
      }
    }
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (Long.compareUnsigned(hashes.get(middle), hash) < 0) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /**
   * Where a hash would be if the hashes were spread perfectly; below {@link #size()} if that is not
   * 0.
   */
  private int guess(long hash) {
    return (int) unsignedMultiplyHigh(hash, size);
  }

  /** The upper half of the product of an unsigned number and one that is not negative. */
  private static long unsignedMultiplyHigh(long unsigned, long factor) {
    return Math.multiplyHigh(unsigned, factor) + ((unsigned >> 63) & factor);
  }

  @Override
  public void close() {
    if (file != null) {
      file.close();
    }
  }
}
