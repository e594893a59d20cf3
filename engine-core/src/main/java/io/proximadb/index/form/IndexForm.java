package io.proximadb.index.form;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The frame of an index file, all numbers little-endian; {@code docs/format/exact-indexes.md} is
 * the specification.
 *
 * <pre>
 * offset  size  field
 * 0       8     magic "PROXIMA\0"
 * 8       8     name of the form
 * 16      4     version
 * 20      4     kind, by form
 * 24      16    UUID of the source of the rows, upper half first
 * 40      64    eight numbers, by form; 0 where a form has fewer
 * 104     4     CRC-32C of all bytes before
 * 108           arrays, by form
 *         4     CRC-32C of all bytes before
 *         4     end mark
 * </pre>
 *
 * @param name eight bytes, the last a zero
 * @param version that is written, and the only one that is read
 * @param what it is called in messages
 * @param end mark, four letters
 */
public record IndexForm(String name, int version, String what, String end) {
  private static final byte[] MAGIC = "PROXIMA\0".getBytes(StandardCharsets.US_ASCII);

  /** Numbers of a header. */
  public static final int NUMBERS = 8;

  static final int NAME_OFFSET = 8;
  static final int VERSION_OFFSET = 16;
  static final int SOURCE_OFFSET = 24;
  static final int CHECKSUM_OFFSET = 104;

  /** Bytes before the arrays. */
  public static final int HEADER_BYTES = 108;

  /** Bytes behind the arrays. */
  public static final int FOOTER_BYTES = 8;

  public IndexForm {
    assert name.length() == 8 && end.length() == 4;
  }

  /**
   * What a header says besides the form.
   *
   * @param kind by form
   * @param source of the rows
   * @param numbers eight, by form
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Header(int kind, UUID source, long[] numbers) {}

  byte[] bytes(Header header) {
    assert header.numbers.length <= NUMBERS;
    ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(MAGIC).put(name.getBytes(StandardCharsets.US_ASCII));
    bytes.putInt(version).putInt(header.kind);
    bytes.putLong(header.source.getMostSignificantBits());
    bytes.putLong(header.source.getLeastSignificantBits());
    for (long number : header.numbers) {
      bytes.putLong(number);
    }
    bytes.putInt(CHECKSUM_OFFSET, checksum(bytes.array()));
    return bytes.array();
  }

  /**
   * Reads a header.
   *
   * @throws CorruptFileException if it is damaged or of another form
   * @throws UnsupportedVersionException if it is of another version
   */
  Header header(byte[] header, String location) {
    byte[] named = name.getBytes(StandardCharsets.US_ASCII);
    if (header.length < HEADER_BYTES
        || !Arrays.equals(header, 0, NAME_OFFSET, MAGIC, 0, MAGIC.length)
        || !Arrays.equals(header, NAME_OFFSET, VERSION_OFFSET, named, 0, named.length)) {
      throw corrupt(location, 0, "no header of a " + what);
    }
    ByteBuffer bytes = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
    int found = bytes.getInt(VERSION_OFFSET);
    if (found != version && found > 0) {
      throw new UnsupportedVersionException(
          String.format(
              Locale.ROOT,
              "Unsupported %s: version %d (supported: %d, file=%s)",
              what,
              found,
              version,
              location));
    }
    int sum = bytes.getInt(CHECKSUM_OFFSET);
    if (sum != checksum(header)) {
      throw corrupt(
          location,
          CHECKSUM_OFFSET,
          String.format(
              Locale.ROOT, "checksum of the header %08x, expected %08x", sum, checksum(header)));
    }
    bytes.position(VERSION_OFFSET + Integer.BYTES);
    int kind = bytes.getInt();
    UUID source = new UUID(bytes.getLong(), bytes.getLong());
    long[] numbers = new long[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      numbers[i] = bytes.getLong();
    }
    return new Header(kind, source, numbers);
  }

  private static int checksum(byte[] header) {
    CRC32C checksum = new CRC32C();
    checksum.update(header, 0, CHECKSUM_OFFSET);
    return (int) checksum.getValue();
  }

  CorruptFileException corrupt(String location, long offset, String problem) {
    return new CorruptFileException(
        String.format(
            Locale.ROOT, "Corrupt %s: %s (file=%s, offset=%d)", what, problem, location, offset));
  }
}
