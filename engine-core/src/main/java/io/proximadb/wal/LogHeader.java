package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.Disk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/**
 * The header of a segment, field by field as {@link LogFormat} lays it out.
 *
 * @param version of the format
 * @param owner who wrote the segment
 * @param firstSequence no record of the segment has a lower number
 * @param salt goes into the checksum of each frame
 * @param stripe which of the log's stripes it belongs to, from 0
 * @param stripes how many there are
 * @param schema what the records were written with
 * @param length bytes of the header
 */
record LogHeader(
    int version,
    LogOwner owner,
    long firstSequence,
    long salt,
    int stripe,
    int stripes,
    Schema schema,
    int length) {

  /** The bytes of the header of a new segment. */
  static ByteBuffer encode(
      LogOwner owner, long firstSequence, long salt, int stripe, int stripes, Schema writerSchema) {
    byte[] schema = WalSchemas.toJson(writerSchema);
    int length =
        LogFormat.HEADER_SCHEMA_LENGTH_OFFSET
            + Integer.BYTES
            + schema.length
            + LogFormat.CHECKSUM_BYTES;
    UUID engineId = owner.engineId();
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(LogFormat.SEGMENT_MAGIC).putInt(LogFormat.VERSION).putInt(length);
    bytes.order(ByteOrder.BIG_ENDIAN);
    bytes.putLong(engineId.getMostSignificantBits()).putLong(engineId.getLeastSignificantBits());
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(owner.incarnation()).putLong(firstSequence).putLong(salt);
    bytes.putLong(owner.epoch()).putInt(stripe).putInt(stripes);
    bytes.putInt(schema.length).put(schema);
    bytes.putInt(checksum(bytes.array(), 0, length));
    return bytes.flip();
  }

  /**
   * Reads and checks the header at the start of a segment.
   *
   * @throws CorruptFileException if it is damaged
   * @throws UnsupportedVersionException if a newer release wrote it
   */
  static LogHeader read(LogInput in) throws IOException {
    Path file = in.file();
    if (!in.load(0, LogFormat.HEADER_PREFIX_BYTES)) {
      throw corrupt(
          file, 0, "header is cut off", "at least " + LogFormat.HEADER_PREFIX_BYTES, in.size());
    }
    long magic = in.longAt(LogFormat.HEADER_MAGIC_OFFSET);
    if (magic != LogFormat.SEGMENT_MAGIC) {
      throw corrupt(
          file, 0, "not a log segment", hex(LogFormat.SEGMENT_MAGIC), hex(magic) + " as magic");
    }
    int length = in.intAt(LogFormat.HEADER_LENGTH_OFFSET);
    if (length < LogFormat.HEADER_PREFIX_BYTES + LogFormat.CHECKSUM_BYTES
        || length > LogFormat.MAX_HEADER_BYTES
        || !in.load(0, length)) {
      throw corrupt(
          file,
          LogFormat.HEADER_LENGTH_OFFSET,
          "length of the header is damaged",
          "within the " + in.size() + " bytes of the file",
          length);
    }
    int expected = in.intAt(length - LogFormat.CHECKSUM_BYTES);
    int found = checksum(in.window(), in.indexOf(0), length);
    if (expected != found) {
      throw corrupt(file, 0, "checksum of the header differs", hex(expected), hex(found));
    }
    int version = in.intAt(LogFormat.HEADER_VERSION_OFFSET);
    if (version < LogFormat.OLDEST_VERSION || version > LogFormat.VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported log segment: v"
              + version
              + " (supported: v"
              + LogFormat.OLDEST_VERSION
              + " to v"
              + LogFormat.VERSION
              + ", file="
              + file
              + ")");
    }
    return decode(in, version, length);
  }

  private static LogHeader decode(LogInput in, int version, int length) {
    int schemaLengthOffset = LogFormat.headerSchemaLengthOffset(version);
    int schemaOffset = schemaLengthOffset + Integer.BYTES;
    int expected = length - schemaOffset - LogFormat.CHECKSUM_BYTES;
    int schemaLength = expected < 0 ? -1 : in.intAt(schemaLengthOffset);
    if (schemaLength < 0 || schemaLength != expected) {
      throw corrupt(
          in.file(), schemaLengthOffset, "length of the schema is wrong", expected, schemaLength);
    }
    Schema schema;
    try {
      schema = WalSchemas.parse(in.window(), in.indexOf(schemaOffset), schemaLength);
    } catch (AvroRuntimeException e) {
      throw new CorruptFileException(
          "Cannot read log segment: its schema is no Avro schema (file="
              + in.file()
              + ", offset="
              + schemaOffset
              + ")",
          e);
    }
    UUID engineId =
        new UUID(
            Long.reverseBytes(in.longAt(LogFormat.HEADER_ENGINE_OFFSET)),
            Long.reverseBytes(in.longAt(LogFormat.HEADER_ENGINE_OFFSET + Long.BYTES)));
    boolean first = version == 1;
    return new LogHeader(
        version,
        new LogOwner(
            engineId,
            in.longAt(LogFormat.HEADER_INCARNATION_OFFSET),
            first ? 0 : in.longAt(LogFormat.HEADER_EPOCH_OFFSET)),
        in.longAt(LogFormat.HEADER_FIRST_SEQUENCE_OFFSET),
        in.longAt(LogFormat.HEADER_SALT_OFFSET),
        first ? 0 : in.intAt(LogFormat.HEADER_STRIPE_OFFSET),
        first ? 1 : in.intAt(LogFormat.HEADER_STRIPES_OFFSET),
        schema,
        length);
  }

  /** The bytes of a header as they stand in a segment's file. */
  static byte[] bytesOf(Disk disk, Path file, LogHeader header) throws IOException {
    try (SeekableByteChannel channel = disk.read(file)) {
      LogInput in = new LogInput(file, channel);
      if (!in.load(0, header.length())) {
        throw new EOFException("File got shorter while it was read (file=" + file + ")");
      }
      return in.copy(0, header.length());
    }
  }

  /** The checksum of a header of that length, taken over all but the checksum itself. */
  private static int checksum(byte[] bytes, int offset, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, offset, length - LogFormat.CHECKSUM_BYTES);
    return (int) checksum.getValue();
  }

  static CorruptFileException corrupt(
      Path file, long offset, String what, Object expected, Object found) {
    return new CorruptFileException(
        "Cannot read log segment: "
            + what
            + " (file="
            + file
            + ", offset="
            + offset
            + ", expected="
            + expected
            + ", found="
            + found
            + ")");
  }

  static String hex(int value) {
    return "0x" + Integer.toHexString(value);
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
