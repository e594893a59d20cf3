package io.proximadb.wal;

import java.util.zip.CRC32C;

/**
 * What the head of a checked frame says.
 *
 * @param offset where the frame begins in its file
 * @param length bytes of its payload
 * @param flags codec, footer, lost
 * @param watermark all records up to this number were durable before the frame was written
 * @param firstSequence number of its first record; of a footer, the number after the last one
 * @param records how many it has
 * @param plainLength bytes of its payload before compression
 */
record LogFrame(
    long offset,
    int length,
    int flags,
    long watermark,
    long firstSequence,
    int records,
    int plainLength) {

  /** True for the frame that ends a segment. */
  boolean footer() {
    return (flags & LogFormat.FLAG_FOOTER) != 0;
  }

  /** True if its records could not be saved. */
  boolean lost() {
    return (flags & LogFormat.FLAG_LOST) != 0;
  }

  int codec() {
    return flags & LogFormat.FLAGS_CODEC;
  }

  long lastSequence() {
    return firstSequence + records - 1;
  }

  long payloadOffset() {
    return offset + LogFormat.FRAME_HEADER_BYTES;
  }

  long endOffset() {
    return payloadOffset() + length;
  }

  /** True if the parts of the head fit each other, in a segment of a format. */
  boolean makesSense(int version) {
    if (footer()) {
      return flags == LogFormat.FLAG_FOOTER
          && records == 0
          && plainLength == length
          && (version == 1 ? length == 0 : length >= LogFooter.FIXED_BYTES);
    }
    if (lost()) {
      return version > 1 && flags == LogFormat.FLAG_LOST && records > 0 && length == 0;
    }
    int codecs = version == 1 ? 1 : FrameCodec.COUNT;
    return flags == codec()
        && codec() < codecs
        && records > 0
        && (codec() == 0 ? plainLength == length : plainLength > length);
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
