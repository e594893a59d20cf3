package io.proximadb.index.hnsw;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.Metric;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The bytes of a graph index, all numbers little-endian; {@code docs/format/index.md} is the
 * specification.
 *
 * <pre>
 * offset  size             field
 * 0       8                magic "PROXIMA\0"
 * 8       8                name "HNSWIDX\0"
 * 16      4                version, 2
 * 20      4                metric: 0 EUCLIDEAN, 1 COSINE, 2 DOT
 * 24      16               UUID of the source of the rows, upper half first
 * 40      4                rows n
 * 44      4                dimension d
 * 48      4                codes of a row c
 * 52      4                links of a row in the base layer m
 * 56      4                layers above the base layer l, 1 to 12
 * 60      4                step between codes of 8 bits, float
 * 64      4 * 12           slots s(1) to s(12) in each of these layers, 0 above l
 * 112     4                points of calibration p
 * 116     4                bits of a code: 8, or 1 to 4
 * 120     4                CRC-32C of all bytes before
 * 124     4 d              mean
 *         4 c d            directions
 *         n r              coded rows of r bytes, see Int8Quantizer, BitQuantizer
 *         4 n m            links of the base layer
 *         4 s(1)           row of each slot
 *         2 m s(i)         links of layer i, for i from 1 to l
 *         28 p             points of calibration
 *         4                CRC-32C of all bytes before
 *         4                end mark "PXHE"
 * </pre>
 */
final class HnswFormat {
  static final byte[] MAGIC = "PROXIMA\0".getBytes(StandardCharsets.US_ASCII);
  static final byte[] NAME = "HNSWIDX\0".getBytes(StandardCharsets.US_ASCII);
  static final byte[] END = "PXHE".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 2;

  static final int VERSION_OFFSET = 16;
  static final int POINTS_OFFSET = 112;
  static final int BITS_OFFSET = 116;
  static final int HEADER_CHECKSUM_OFFSET = 120;
  static final int HEADER_BYTES = 124;
  static final int POINT_BYTES = 28;

  /** Far more than are measured. */
  static final int MAX_POINTS = 10_000;

  static final int FOOTER_BYTES = 8;

  /** A metric's number is its place. */
  private static final List<Metric> METRICS = List.of(Metric.EUCLIDEAN, Metric.COSINE, Metric.DOT);

  private HnswFormat() {}

  /**
   * What stands before the arrays.
   *
   * @param layerSizes slots of each layer, from 1; the first element is not used
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Header(
      UUID source,
      Metric metric,
      int rows,
      int dimension,
      int codes,
      int bits,
      int degree,
      float step,
      int[] layerSizes,
      int points) {

    /** Size of the whole file. */
    long size() {
      long slots = 0;
      for (int layer = 1; layer < layerSizes.length; layer++) {
        slots += layerSizes[layer];
      }
      return HEADER_BYTES
          + Float.BYTES * (dimension + (long) codes * dimension)
          + rows * ((long) CodedRows.rowBytes(codes, bits) + (long) Integer.BYTES * degree)
          + (long) Integer.BYTES * layerSizes[1]
          + slots * (degree / 2) * Integer.BYTES
          + (long) points * POINT_BYTES
          + FOOTER_BYTES;
    }

    byte[] bytes() {
      ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.put(MAGIC).put(NAME).putInt(VERSION).putInt(METRICS.indexOf(metric));
      bytes.putLong(source.getMostSignificantBits()).putLong(source.getLeastSignificantBits());
      bytes.putInt(rows).putInt(dimension).putInt(codes).putInt(degree);
      bytes.putInt(layerSizes.length - 1).putFloat(step);
      for (int layer = 1; layer < layerSizes.length; layer++) {
        bytes.putInt(layerSizes[layer]);
      }
      bytes.putInt(POINTS_OFFSET, points).putInt(BITS_OFFSET, bits);
      bytes.putInt(HEADER_CHECKSUM_OFFSET, checksum(bytes.array()));
      return bytes.array();
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
      throw corrupt(location, 0, "no header of a graph index");
    }
    int version = bytes.getInt(VERSION_OFFSET);
    int found = bytes.getInt(HEADER_CHECKSUM_OFFSET);
    if (version != VERSION && version > 0) {
      throw new UnsupportedVersionException(
          String.format(
              Locale.ROOT,
              "Unsupported graph index: version %d (supported: %d, file=%s)",
              version,
              VERSION,
              location));
    }
    if (found != checksum(header)) {
      throw corrupt(
          location,
          HEADER_CHECKSUM_OFFSET,
          String.format(
              Locale.ROOT, "checksum of the header %08x, expected %08x", found, checksum(header)));
    }
    bytes.position(VERSION_OFFSET + Integer.BYTES);
    int metric = bytes.getInt();
    UUID source = new UUID(bytes.getLong(), bytes.getLong());
    int rows = bytes.getInt();
    int dimension = bytes.getInt();
    int codes = bytes.getInt();
    int degree = bytes.getInt();
    int layers = bytes.getInt();
    float step = bytes.getFloat();
    int points = bytes.getInt(POINTS_OFFSET);
    int bits = bytes.getInt(BITS_OFFSET);
    boolean sound =
        metric >= 0
            && metric < METRICS.size()
            && rows > 0
            && codes > 0
            && codes <= dimension
            && HnswSettings.isBits(bits)
            && degree >= 4
            && degree <= HnswSettings.MAX_DEGREE
            && degree % 2 == 0
            && layers >= 1
            && layers <= HnswGraph.MAX_LAYERS
            && step > 0
            && points >= 0
            && points <= MAX_POINTS;
    int[] layerSizes = new int[sound ? layers + 1 : 1];
    if (sound) {
      layerSizes[0] = rows;
      for (int layer = 1; layer <= layers; layer++) {
        layerSizes[layer] = bytes.getInt();
        sound &= layerSizes[layer] > 0 && layerSizes[layer] <= layerSizes[layer - 1];
      }
    }
    if (!sound) {
      throw corrupt(location, VERSION_OFFSET, "the header's numbers make no sense");
    }
    Header read =
        new Header(
            source,
            METRICS.get(metric),
            rows,
            dimension,
            codes,
            bits,
            degree,
            step,
            layerSizes,
            points);
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
            Locale.ROOT, "Corrupt graph index: %s (file=%s, offset=%d)", what, location, offset));
  }
}
