package io.proximadb.storage.lsm;

import java.nio.charset.StandardCharsets;

/**
 * The bytes of a side file, all numbers little-endian; {@code docs/format/lsm.md} is the
 * specification.
 *
 * <pre>
 * offset                    size       field
 * 0                         8          magic "PROXIMA\0"
 * 8                         8          name "LSMINDX\0"
 * 16                        4          version, 1
 * 20                        4          rows of the data file
 * 24                        16         table UUID, upper half first
 * 40                        4          checksum in the data file's header
 * 44                        4          blocks b of the data file
 * 48                        4          groups g of the bloom filter
 * 52                        4          bytes i of the first ids
 * 56                        64 g       bloom filter
 * 56 + 64 g                 4 (b + 1)  where each first id starts; at the end i
 * 60 + 64 g + 4 b           i          first ids in UTF-8, end to end
 * 60 + 64 g + 4 b + i       4          CRC-32C of all bytes before
 * 64 + 64 g + 4 b + i       4          end mark "PXLE"
 * </pre>
 */
final class LsmIndexFormat {
  static final byte[] MAGIC = "PROXIMA\0LSMINDX\0".getBytes(StandardCharsets.US_ASCII);
  static final byte[] END = "PXLE".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;

  static final int VERSION_OFFSET = 16;
  static final int ROWS_OFFSET = 20;
  static final int TABLE_UUID_OFFSET = 24;
  static final int DATA_CHECKSUM_OFFSET = 40;
  static final int BLOCKS_OFFSET = 44;
  static final int GROUPS_OFFSET = 48;
  static final int IDS_BYTES_OFFSET = 52;
  static final int BLOOM_OFFSET = 56;

  static final int FOOTER_BYTES = 8;

  /** A file with nothing but its fixed parts. */
  static final int MIN_BYTES = BLOOM_OFFSET + Integer.BYTES + FOOTER_BYTES;

  /** Bits for each id: about 1 % of the ids that are not there pass. */
  static final int BITS_PER_ID = 10;

  /** Bits of a group: a cache line, and in it all bits of an id. */
  static final int GROUP_BITS = 512;

  static final int GROUP_BYTES = GROUP_BITS / Byte.SIZE;

  /** Bits set for an id: the best number for 10 bits an id. */
  static final int PROBES = 7;

  private static final long MIX = 0x9E3779B97F4A7C15L;
  private static final int PLACE_BITS = 9;

  private LsmIndexFormat() {}

  static int groups(int rows) {
    return Math.max(1, (int) (((long) rows * BITS_PER_ID + GROUP_BITS - 1) / GROUP_BITS));
  }

  /** The group of a hash. */
  static int group(long hash, int groups) {
    return (int) (Math.multiplyHigh(hash, groups) + (hash >> 63 & groups));
  }

  /** The place of a hash's probe in its group. */
  static int place(long hash, int probe) {
    return (int) ((hash * MIX) >>> (1 + PLACE_BITS * probe)) & (GROUP_BITS - 1);
  }
}
