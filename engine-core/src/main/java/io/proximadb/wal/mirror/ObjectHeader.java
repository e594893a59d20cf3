package io.proximadb.wal.mirror;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.wal.mirror.MirrorNames.Position;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The first {@value #BYTES} bytes of an object, which tell all that taking over needs.
 *
 * @param kind what the object is
 * @param engineId whose mirror it is in
 * @param incarnation of the engine that made the object
 * @param epoch that the object stands in
 * @param base the first number of that epoch
 * @param first number of its first record; the object's name
 * @param last number of its last record; one less than {@code first} for a fence
 * @param watermark all records up to it were stored before this object was
 * @param released records below it were not needed any more; at most {@code watermark + 1}
 * @param nextEpoch the epoch that a fence begins; 0 for others
 * @param writer random, of the one who made it: tells own objects from others'
 * @param pieces how many follow
 * @param length bytes that follow
 * @param checksum CRC-32C of these
 */
record ObjectHeader(
    Kind kind,
    UUID engineId,
    long incarnation,
    long epoch,
    long base,
    long first,
    long last,
    long watermark,
    long released,
    long nextEpoch,
    long writer,
    int pieces,
    long length,
    int checksum) {

  static final int BYTES = 128;

  private static final int VERSION = 1;

  /** ASCII {@code PXWALMIR}, read as a little-endian long. */
  private static final long MAGIC = 0x52494D4C41575850L;

  private static final int CHECKED_BYTES = BYTES - Integer.BYTES;

  /** What an object is; the position is the number it is stored as. */
  enum Kind {
    /** Pieces of the log. */
    DATA(0),
    /** Numbers without records, from {@code first} to {@code last}. */
    SKIP(1),
    /** The end of an epoch. */
    FENCE(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    static Kind of(String location, int code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      throw corrupt(location, "its kind is unknown", "0 to 2", code);
    }
  }

  Position position() {
    return new Position(epoch, first);
  }

  byte[] encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(MAGIC).putInt(VERSION).putInt(BYTES);
    bytes.order(ByteOrder.BIG_ENDIAN);
    bytes.putLong(engineId.getMostSignificantBits()).putLong(engineId.getLeastSignificantBits());
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(incarnation).putLong(epoch).putLong(base).putInt(kind.code).putInt(pieces);
    bytes.putLong(first).putLong(last).putLong(watermark).putLong(released).putLong(nextEpoch);
    bytes.putLong(writer).putLong(length).putInt(checksum);
    bytes.putInt(checksumOf(bytes.array(), 0, CHECKED_BYTES));
    return bytes.array();
  }

  /**
   * Reads the header at the start of an object.
   *
   * @param location for messages
   * @param position that the object's name says
   * @throws CorruptFileException if it is damaged, or is of another object
   * @throws UnsupportedVersionException if a newer release wrote it
   */
  static ObjectHeader decode(String location, UUID engineId, Position position, byte[] object) {
    if (object.length < BYTES) {
      throw corrupt(location, "it is cut off", "at least " + BYTES + " bytes", object.length);
    }
    ByteBuffer bytes = ByteBuffer.wrap(object, 0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long magic = bytes.getLong();
    if (magic != MAGIC) {
      throw corrupt(location, "it is no object of a mirror", hex(MAGIC), hex(magic) + " as magic");
    }
    int version = bytes.getInt();
    int expected = bytes.getInt(CHECKED_BYTES);
    int found = checksumOf(object, 0, CHECKED_BYTES);
    if (version == VERSION && expected != found) {
      throw corrupt(location, "checksum of its header differs", hex(expected), hex(found));
    }
    if (version != VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported object in a mirror: v"
              + version
              + " (supported: v"
              + VERSION
              + ", object="
              + location
              + ")");
    }
    bytes.getInt();
    bytes.order(ByteOrder.BIG_ENDIAN);
    UUID owner = new UUID(bytes.getLong(), bytes.getLong());
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    long incarnation = bytes.getLong();
    long epoch = bytes.getLong();
    long base = bytes.getLong();
    Kind kind = Kind.of(location, bytes.getInt());
    int pieces = bytes.getInt();
    ObjectHeader header =
        new ObjectHeader(
            kind,
            owner,
            incarnation,
            epoch,
            base,
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            pieces,
            bytes.getLong(),
            bytes.getInt());
    if (!owner.equals(engineId) || !header.position().equals(position)) {
      throw corrupt(
          location,
          "it is a copy of another object",
          engineId + " " + position,
          owner + " " + header.position());
    }
    return header;
  }

  /**
   * Checks what follows the header of a whole object.
   *
   * @throws CorruptFileException if it is damaged
   */
  void checkContent(String location, byte[] object) {
    if (object.length != BYTES + length) {
      throw corrupt(location, "its length is wrong", BYTES + length, object.length);
    }
    int found = checksumOf(object, BYTES, object.length - BYTES);
    if (found != checksum) {
      throw corrupt(location, "its checksum differs", hex(checksum), hex(found));
    }
  }

  /** True if an object that is there is the one with this header. */
  boolean isIn(byte[] object) {
    return object.length >= BYTES && Arrays.equals(encode(), Arrays.copyOf(object, BYTES));
  }

  private static int checksumOf(byte[] bytes, int offset, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, offset, length);
    return (int) checksum.getValue();
  }

  static CorruptFileException corrupt(String location, String what, Object expected, Object found) {
    return new CorruptFileException(
        "Cannot read mirror of the log: "
            + what
            + " (object="
            + location
            + ", expected="
            + expected
            + ", found="
            + found
            + ")");
  }

  private static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
