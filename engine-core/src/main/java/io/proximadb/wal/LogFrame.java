package io.proximadb.wal;

import java.util.zip.CRC32C;

/**
 * What the head of a checked frame says.
 *
 * @param offset where the frame begins in its file
 * @param length bytes of its payload
 * @param seal true for the frame without records that ends a segment closed in order
 * @param watermark all records up to this number were durable before the frame was written
 * @param firstSequence number of its first record
 * @param records how many it has
 */
record LogFrame(
    long offset, int length, boolean seal, long watermark, long firstSequence, int records) {

  long payloadOffset() {
    return offset + LogFormat.FRAME_HEADER_BYTES;
  }

  long endOffset() {
    return payloadOffset() + length;
  }

  /** Starts a frame's checksum with what stands outside of the covered bytes. */
  static CRC32C checksum(long salt, int length) {
    CRC32C checksum = new CRC32C();
    updateLittleEndian(checksum, salt, Long.BYTES);
    updateLittleEndian(checksum, length, Integer.BYTES);
    return checksum;
  }

  private static void updateLittleEndian(CRC32C checksum, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      checksum.update((int) (value >>> (8 * i)) & 0xFF);
    }
  }
}
