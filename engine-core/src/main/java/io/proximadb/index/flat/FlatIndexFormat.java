package io.proximadb.index.flat;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.Metric;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.quantize.NestedQuantizer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The bytes of a flat index, all numbers little-endian; {@code docs/format/index.md} is the
 * specification.
 *
 * <pre>
 * offset  size             field
 * 0       8                magic "PROXIMA\0"
 * 8       8                name "FLATIDX\0"
 * 16      4                version, 1
 * 20      4                metric: 0 EUCLIDEAN, 1 COSINE, 2 DOT
 * 24      16               UUID of the source of the rows, upper half first
 * 40      4                rows n
 * 44      4                dimension d
 * 48      4                directions c
 * 52      4                coarse directions a; b = c - a are fine
 * 56      4                step between coarse codes, float
 * 60      4                what the coarse rest is less, float
 * 64      4                step between fine codes, float
 * 68      4                what the fine rest is less, float
 * 72      4                CRC-32C of all bytes before
 * 76      4 d              mean
 *         4 c d            directions
 *         64 (a + 1) m     coarse codes in m = ceil(n / 64) blocks of columns
 *         4 n              sums of the squares of the coarse codes of a row, floats
 *         4 n              slacks of the coarse codes of a row, floats
 *         n (b + 10)       only if b > 0, for each row: b + 1 fine codes, the last coarse code, and
 *                          as floats the sum of the squares of the fine codes and the slack of all
 *         4                CRC-32C of all bytes before
 *         4                end mark "PXFE"
 * </pre>
 */
final class FlatIndexFormat {
  static final byte[] MAGIC = "PROXIMA\0".getBytes(StandardCharsets.US_ASCII);
  static final byte[] NAME = "FLATIDX\0".getBytes(StandardCharsets.US_ASCII);
  static final byte[] END = "PXFE".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 1;

  static final int VERSION_OFFSET = 16;
  static final int SOURCE_OFFSET = 24;
  static final int HEADER_CHECKSUM_OFFSET = 72;
  static final int HEADER_BYTES = 76;
  static final int FOOTER_BYTES = 8;

  /** A metric's number is its place. */
  private static final List<Metric> METRICS = List.of(Metric.EUCLIDEAN, Metric.COSINE, Metric.DOT);

  private FlatIndexFormat() {}

  /** What stands before the arrays. */
  record Header(
      UUID source,
      Metric metric,
      int rows,
      int dimension,
      int directions,
      int coarse,
      float coarseStep,
      float coarseRest,
      float fineStep,
      float fineRest) {

    /** Size of the whole file. */
    long size() {
      long coarseBytes =
          (long) FlatIndex.blocks(rows) * CodeKernels.BLOCK_ROWS * (coarse + 1)
              + 2L * rows * Float.BYTES;
      int fineCodes = coarse == directions ? 0 : directions - coarse + 1;
      long fineBytes = (long) rows * FlatIndex.fineRowBytes(fineCodes);
      return HEADER_BYTES
          + Float.BYTES * (dimension + (long) directions * dimension)
          + coarseBytes
          + fineBytes
          + FOOTER_BYTES;
    }

    byte[] bytes() {
      ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.put(MAGIC).put(NAME).putInt(VERSION).putInt(METRICS.indexOf(metric));
      bytes.putLong(source.getMostSignificantBits()).putLong(source.getLeastSignificantBits());
      bytes.putInt(rows).putInt(dimension).putInt(directions).putInt(coarse);
      bytes.putFloat(coarseStep).putFloat(coarseRest).putFloat(fineStep).putFloat(fineRest);
      bytes.putInt(checksum(bytes.array()));
      return bytes.array();
    }

    private boolean isSound() {
      return rows > 0
          && coarse > 0
          && coarse <= directions
          && directions <= Math.min(dimension, NestedQuantizer.MAX_DIRECTIONS)
          && coarseStep > 0
          && fineStep > 0
          && Float.isFinite(coarseStep)
          && Float.isFinite(fineStep)
          && Float.isFinite(coarseRest)
          && Float.isFinite(fineRest);
    }
  }

  /**
   * Reads a header.
   *
   * @param length of the whole file
   * @param location of it, for messages
   */
  static Header header(byte[] header, long length, String location) {
    ByteBuffer bytes = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    if (header.length < HEADER_BYTES
        || !Arrays.equals(header, 0, 8, MAGIC, 0, 8)
        || !Arrays.equals(header, 8, 16, NAME, 0, 8)) {
      throw corrupt(location, 0, "no header of a flat index");
    }
    int version = bytes.getInt(VERSION_OFFSET);
    if (version != VERSION && version > 0) {
      throw new UnsupportedVersionException(
          String.format(
              Locale.ROOT,
              "Unsupported flat index: version %d (supported: %d, file=%s)",
              version,
              VERSION,
              location));
    }
    int found = bytes.getInt(HEADER_CHECKSUM_OFFSET);
    if (found != checksum(header)) {
      throw corrupt(
          location,
          HEADER_CHECKSUM_OFFSET,
          String.format(
              Locale.ROOT, "checksum of the header %08x, expected %08x", found, checksum(header)));
    }
    bytes.position(VERSION_OFFSET + Integer.BYTES);
    int metric = bytes.getInt();
    Header read =
        new Header(
            new UUID(bytes.getLong(), bytes.getLong()),
            METRICS.get(metric >= 0 && metric < METRICS.size() ? metric : 0),
            bytes.getInt(),
            bytes.getInt(),
            bytes.getInt(),
            bytes.getInt(),
            bytes.getFloat(),
            bytes.getFloat(),
            bytes.getFloat(),
            bytes.getFloat());
    if (metric < 0 || metric >= METRICS.size() || !read.isSound()) {
      throw corrupt(location, VERSION_OFFSET, "the header's numbers make no sense");
    }
    if (read.size() != length) {
      throw corrupt(location, length, "it is " + length + " bytes long, expected " + read.size());
    }
    return read;
  }

  private static int checksum(byte[] header) {
    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, HEADER_CHECKSUM_OFFSET);
    return (int) checksum.getValue();
  }

  static CorruptFileException corrupt(String location, long offset, String what) {
    return new CorruptFileException(
        String.format(
            Locale.ROOT, "Corrupt flat index: %s (file=%s, offset=%d)", what, location, offset));
  }
}
