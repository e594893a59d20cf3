package io.proximadb.storage.ids;

import java.nio.charset.StandardCharsets;

/**
 * The bytes of an id index, all numbers little-endian; {@code docs/format/id-index.md} is the
 * specification.
 *
 * <pre>
 * offset         size    field
 * 0              8       magic "PROXIMA\0"
 * 8              8       name "IDINDEX\0"
 * 16             4       version, 1
 * 20             4       rows n of the data file
 * 24             16      table UUID, upper half first
 * 40             4       length m of the data file's name in UTF-8
 * 44             4       zero
 * 48             m       the data file's name, without folder, padded with zeros to h,
 *                        the next multiple of 8
 * h              8 n     keyed hashes of the ids, ascending as unsigned numbers
 * h + 8 n        4 n     for each hash the position of its row
 * h + 12 n       4       CRC-32C of all bytes before
 * h + 12 n + 4   4       end mark "PXIE"
 * </pre>
 */
final class IdIndexFormat {
  static final byte[] MAGIC = "PROXIMA\0".getBytes(StandardCharsets.US_ASCII);
  static final byte[] NAME = "IDINDEX\0".getBytes(StandardCharsets.US_ASCII);
  static final byte[] END = "PXIE".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;

  static final int NAME_OFFSET = 8;
  static final int VERSION_OFFSET = 16;
  static final int ROWS_OFFSET = 20;
  static final int TABLE_UUID_OFFSET = 24;
  static final int FILE_NAME_LENGTH_OFFSET = 40;
  static final int FILE_NAME_OFFSET = 48;

  static final int HASH_BYTES = 8;
  static final int POSITION_BYTES = 4;
  static final int CHECKSUM_BYTES = 4;
  static final int FOOTER_BYTES = CHECKSUM_BYTES + 4;

  private IdIndexFormat() {}

  /** Where the hashes start. */
  static int hashesOffset(int fileNameBytes) {
    return (FILE_NAME_OFFSET + fileNameBytes + 7) & ~7;
  }

  /** Size of the whole file. */
  static long size(int fileNameBytes, int rows) {
    return hashesOffset(fileNameBytes) + (long) rows * (HASH_BYTES + POSITION_BYTES) + FOOTER_BYTES;
  }
}
