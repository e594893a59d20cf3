package io.proximadb.storage.viper;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.FileBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What Parquet's own page checksums leave out: page headers, page indexes and the footer. The block
 * ends where the footer starts; other readers never look there. All numbers are little-endian, all
 * checksums CRC-32C.
 *
 * <pre>
 * offset    size  field
 * 0         8     magic "PXVIPER1"
 * 8         4     number of pages n
 * 12        8 n   for each page in file order: length of its header, checksum of its header
 * 12 + 8 n  8     offset in the file of the page indexes, which end where this block starts
 * 20 + 8 n  4     checksum of the page indexes
 * 24 + 8 n  4     checksum of the footer, without its length and the magic after it
 * 28 + 8 n  4     length of this block
 * 32 + 8 n  4     checksum of all bytes of this block before this one
 * </pre>
 *
 * @param start offset of the block in the file
 * @param headerLengths of each page
 * @param headerChecksums of each page
 * @param indexStart offset of the page indexes
 * @param indexChecksum over the page indexes
 * @param footerChecksum over the footer
 */
@SuppressWarnings("ArrayRecordComponent")
record ChecksumBlock(
    long start,
    int[] headerLengths,
    int[] headerChecksums,
    long indexStart,
    int indexChecksum,
    int footerChecksum) {
  private static final byte[] MAGIC = "PXVIPER1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = 12;
  private static final int PAGE_BYTES = 8;
  private static final int TAIL_BYTES = 24;

  /** Length and checksum, by which the block is found from its end. */
  private static final int FINDER_BYTES = 8;

  /** Of one page header. */
  record PageCheck(int headerLength, int headerChecksum) {}

  static byte[] encode(List<PageCheck> pages, long indexStart, byte[] indexes, byte[] footer) {
    int length = HEADER_BYTES + PAGE_BYTES * pages.size() + TAIL_BYTES;
    ByteBuffer block = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    block.put(MAGIC).putInt(pages.size());
    for (PageCheck page : pages) {
      block.putInt(page.headerLength()).putInt(page.headerChecksum());
    }
    block.putLong(indexStart).putInt(checksum(indexes)).putInt(checksum(footer)).putInt(length);
    block.putInt(checksum(block.duplicate().flip()));
    return block.array();
  }

  /** Reads the block that ends at {@code end}; null if there is none or it is damaged. */
  static @Nullable ChecksumBlock read(FileBytes file, long end) {
    if (end < HEADER_BYTES + TAIL_BYTES) {
      return null;
    }
    int length = file.read(end - FINDER_BYTES, FINDER_BYTES).getInt();
    if (length < HEADER_BYTES + TAIL_BYTES || length > end) {
      return null;
    }
    ByteBuffer block = file.read(end - length, length);
    int stored = block.getInt(length - Integer.BYTES);
    byte[] magic = new byte[MAGIC.length];
    block.get(magic);
    int pages = block.getInt();
    if (!Arrays.equals(magic, MAGIC)
        || pages != (length - HEADER_BYTES - TAIL_BYTES) / PAGE_BYTES
        || stored != checksum(block.duplicate().position(0).limit(length - Integer.BYTES))) {
      return null;
    }
    int[] lengths = new int[pages];
    int[] checksums = new int[pages];
    for (int i = 0; i < pages; i++) {
      lengths[i] = block.getInt();
      checksums[i] = block.getInt();
    }
    return new ChecksumBlock(
        end - length, lengths, checksums, block.getLong(), block.getInt(), block.getInt());
  }

  private static int checksum(byte[] bytes) {
    return checksum(ByteBuffer.wrap(bytes));
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /**
   * Compares the checksum of a part of the file with the stored one.
   *
   * @throws CorruptFileException if they differ
   */
  static void verify(FileBytes file, String part, long offset, ByteBuffer bytes, int stored) {
    int found = checksum(bytes.duplicate());
    if (found != stored) {
      throw damaged(file, part, offset, stored, found);
    }
  }

  static CorruptFileException damaged(
      FileBytes file, String part, long offset, int stored, int found) {
    return new CorruptFileException(
        String.format(
            Locale.ROOT,
            "Cannot read file %s: damaged %s at offset %d (checksum=%08x, expected=%08x)",
            file.location(),
            part,
            offset,
            found,
            stored));
  }
}
