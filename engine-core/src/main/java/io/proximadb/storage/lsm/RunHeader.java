package io.proximadb.storage.lsm;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.jspecify.annotations.Nullable;

/**
 * A verified header: where the blocks of a file are, and what their checksums must be.
 *
 * @param schema the columns of the file
 * @param dimensions of the vector fields, which are its last columns
 * @param firstRows first row of each block, and at the end the row count
 * @param offsets where each block's row count starts, and at the end the file's size
 * @param sizes bytes of each block's records
 * @param checksums of each block's records
 * @param sync the marker behind the header and each block
 * @param checksum the header's own
 */
@SuppressWarnings("ArrayRecordComponent")
record RunHeader(
    Schema schema,
    int[] dimensions,
    int[] firstRows,
    int[] offsets,
    int[] sizes,
    int[] checksums,
    byte[] sync,
    int checksum) {
  /** Bytes that are read at first; a usual header fits. */
  private static final int FIRST_READ_BYTES = 64 << 10;

  /** No header is longer: the block table of a file of 1 GiB takes less than half of it. */
  private static final int MAX_BYTES = 16 << 20;

  /** Keys of a header of this version, and some room. */
  private static final int MAX_KEYS = 64;

  /** The metadata of a header as it stands there. */
  private record Parsed(Map<String, byte[]> values, int checksumAt, int end) {}

  /**
   * Reads and verifies a file's header.
   *
   * @throws CorruptFileException if it is damaged or does not fit the file
   * @throws UnsupportedVersionException if a newer version wrote it
   */
  static RunHeader read(FileBytes file, DataFile expected) {
    if (file.size() != expected.fileSizeInBytes()) {
      throw corrupt(file, "it ends at offset", file.size(), expected.fileSizeInBytes());
    }
    int limit = (int) Math.min(file.size(), MAX_BYTES);
    int length = Math.min(limit, FIRST_READ_BYTES);
    while (true) {
      ByteBuffer bytes = file.read(0, length);
      Parsed parsed = parse(file, bytes);
      if (parsed != null) {
        return of(file, bytes, parsed, expected);
      }
      if (length == limit) {
        throw corrupt(file, "a header that does not end", 0, null);
      }
      length = limit;
    }
  }

  /** Null if the bytes end before the header does. */
  private static @Nullable Parsed parse(FileBytes file, ByteBuffer bytes) {
    AvroInput in = new AvroInput(bytes, 0);
    Map<String, byte[]> values = new HashMap<>();
    int checksumAt = -1;
    try {
      byte[] magic = new byte[LsmFormat.AVRO_MAGIC.length];
      in.readRaw(magic, 0, magic.length);
      if (!Arrays.equals(magic, LsmFormat.AVRO_MAGIC)) {
        throw corrupt(file, "no Avro magic (found " + Arrays.toString(magic) + ")", 0, null);
      }
      long keys = in.readLong();
      if (keys < 1 || keys > MAX_KEYS) {
        throw corrupt(file, "a header of " + keys + " keys", magic.length, null);
      }
      for (long i = 0; i < keys; i++) {
        String key = new String(in.readBytes(), StandardCharsets.UTF_8);
        byte[] value = in.readBytes();
        checksumAt = key.equals(LsmFormat.CHECKSUM_KEY) ? in.position() - value.length : -1;
        values.put(key, value);
      }
      in.skip(1 + LsmFormat.SYNC_BYTES);
    } catch (IndexOutOfBoundsException e) {
      return null;
    }
    return new Parsed(values, checksumAt, in.position());
  }

  private static RunHeader of(FileBytes file, ByteBuffer bytes, Parsed parsed, DataFile expected) {
    int at = parsed.checksumAt();
    if (at < 0 || parsed.end() - at != LsmFormat.CHECKSUM_BYTES + 1 + LsmFormat.SYNC_BYTES) {
      throw corrupt(file, "a header without checksum", parsed.end(), null);
    }
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.duplicate().limit(at));
    checksum.update(bytes.duplicate().limit(parsed.end()).position(at + LsmFormat.CHECKSUM_BYTES));
    int stored = bytes.getInt(at);
    if ((int) checksum.getValue() != stored) {
      throw corrupt(
          file,
          String.format(
              Locale.ROOT,
              "wrong checksum of the header (found=%x, expected=%x)",
              (int) checksum.getValue(),
              stored),
          at,
          null);
    }
    checkVersion(file, text(file, parsed, LsmFormat.VERSION_KEY));
    byte[] sync = new byte[LsmFormat.SYNC_BYTES];
    bytes.get(parsed.end() - sync.length, sync);
    Blocks blocks = blocks(file, parsed, expected);
    return new RunHeader(
        SchemaParser.fromJson(text(file, parsed, LsmFormat.ICEBERG_SCHEMA_KEY)),
        dimensions(text(file, parsed, LsmFormat.DIMENSIONS_KEY)),
        blocks.firstRows(),
        blocks.offsets(),
        blocks.sizes(),
        blocks.checksums(),
        sync,
        stored);
  }

  /** None for rows that are without any vector. */
  private static int[] dimensions(String text) {
    return text.isEmpty()
        ? new int[0]
        : Arrays.stream(text.split(",", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private static void checkVersion(FileBytes file, String version) {
    if (!version.equals(LsmFormat.VERSION)) {
      throw new UnsupportedVersionException(
          "Unsupported data file "
              + file.location()
              + ": lsm v"
              + version
              + " (supported: v"
              + LsmFormat.VERSION
              + ")");
    }
  }

  private static byte[] value(FileBytes file, Parsed parsed, String key) {
    byte[] value = parsed.values().get(key);
    if (value == null) {
      throw corrupt(file, "a header without " + key, 0, null);
    }
    return value;
  }

  private static String text(FileBytes file, Parsed parsed, String key) {
    return new String(value(file, parsed, key), StandardCharsets.UTF_8);
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Blocks(int[] firstRows, int[] offsets, int[] sizes, int[] checksums) {}

  private static Blocks blocks(FileBytes file, Parsed parsed, DataFile expected) {
    ByteBuffer entries =
        ByteBuffer.wrap(value(file, parsed, LsmFormat.BLOCKS_KEY)).order(ByteOrder.LITTLE_ENDIAN);
    int count = entries.remaining() / LsmFormat.BLOCK_ENTRY_BYTES;
    int[] firstRows = new int[count + 1];
    int[] offsets = new int[count + 1];
    int[] sizes = new int[count];
    int[] checksums = new int[count];
    offsets[0] = parsed.end();
    for (int i = 0; i < count; i++) {
      int rows = entries.getInt();
      sizes[i] = entries.getInt();
      checksums[i] = entries.getInt();
      firstRows[i + 1] = Math.addExact(firstRows[i], rows);
      offsets[i + 1] =
          Math.addExact(offsets[i], headBytes(rows, sizes[i]) + sizes[i] + LsmFormat.SYNC_BYTES);
    }
    if (firstRows[count] != expected.recordCount()) {
      throw corrupt(file, "its header has rows:", firstRows[count], expected.recordCount());
    }
    if (offsets[count] != file.size()) {
      throw corrupt(file, "its last block ends at offset", offsets[count], file.size());
    }
    return new Blocks(firstRows, offsets, sizes, checksums);
  }

  /** Bytes of a block before its records. */
  static int headBytes(int rows, int size) {
    return AvroOutput.longBytes(rows) + AvroOutput.longBytes(size);
  }

  int blockCount() {
    return sizes.length;
  }

  int rowCount() {
    return firstRows[firstRows.length - 1];
  }

  int rows(int block) {
    return firstRows[block + 1] - firstRows[block];
  }

  /** The block that holds a row. */
  int blockOf(int row) {
    int found = Arrays.binarySearch(firstRows, row);
    return found >= 0 ? found : -found - 2;
  }

  private static CorruptFileException corrupt(
      FileBytes file, String what, long found, long expected) {
    return new CorruptFileException(
        String.format(
            Locale.ROOT,
            "Cannot read file %s: %s %d (expected %d)",
            file.location(),
            what,
            found,
            expected));
  }

  static CorruptFileException corrupt(
      FileBytes file, String reason, long offset, @Nullable Throwable cause) {
    return new CorruptFileException(
        "Cannot read file " + file.location() + ": " + reason + " at offset " + offset, cause);
  }
}
