package io.proximadb.wal;

import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where everything stands in a log segment, format {@value #VERSION}; {@code docs/format/wal.md} is
 * the specification. Integers are little-endian.
 *
 * <pre>
 * header:  magic 8 | version 4 | header length 4 | engine id 16 | incarnation 8 | first sequence 8
 *          | salt 8 | epoch 8 | stripe 4 | stripes 4 | schema length 4 | schema | checksum 4
 * frame:   magic 4 | payload length 4 | checksum 4 | flags 1 | zero 3 | durable watermark 8
 *          | first sequence 8 | record count 4 | plain length 4 | payload
 * </pre>
 */
final class LogFormat {
  static final int VERSION = 2;

  /** The oldest format that is read. */
  static final int OLDEST_VERSION = 1;

  /** ASCII {@code PXWALSEG}, read as a little-endian long. */
  static final long SEGMENT_MAGIC = 0x4745534C41575850L;

  static final int HEADER_MAGIC_OFFSET = 0;
  static final int HEADER_VERSION_OFFSET = 8;
  static final int HEADER_LENGTH_OFFSET = 12;
  static final int HEADER_ENGINE_OFFSET = 16;
  static final int HEADER_INCARNATION_OFFSET = 32;
  static final int HEADER_FIRST_SEQUENCE_OFFSET = 40;
  static final int HEADER_SALT_OFFSET = 48;
  static final int HEADER_EPOCH_OFFSET = 56;
  static final int HEADER_STRIPE_OFFSET = 64;
  static final int HEADER_STRIPES_OFFSET = 68;
  static final int HEADER_SCHEMA_LENGTH_OFFSET = 72;

  /** Format 1 has neither epoch nor stripes. */
  static final int HEADER_SCHEMA_LENGTH_OFFSET_V1 = 56;

  /** What every version has at its start: magic, version, length. */
  static final int HEADER_PREFIX_BYTES = 16;

  static final int CHECKSUM_BYTES = 4;

  /** Upper bound of a header: a schema of ours is 2 KiB; a damaged length must not allocate. */
  static final int MAX_HEADER_BYTES = 1 << 20;

  /** Bytes {@code F5 57 4C 46}, read as a little-endian int. */
  static final int FRAME_MAGIC = 0x464C57F5;

  static final int FRAME_MAGIC_OFFSET = 0;
  static final int FRAME_LENGTH_OFFSET = 4;
  static final int FRAME_CHECKSUM_OFFSET = 8;
  static final int FRAME_FLAGS_OFFSET = 12;
  static final int FRAME_WATERMARK_OFFSET = 16;
  static final int FRAME_FIRST_SEQUENCE_OFFSET = 24;
  static final int FRAME_COUNT_OFFSET = 32;
  static final int FRAME_PLAIN_LENGTH_OFFSET = 36;
  static final int FRAME_HEADER_BYTES = 40;

  /** Bits of the codec in the flags; the flags and three zero bytes behind are read as one int. */
  static final int FLAGS_CODEC = 7;

  /** The frame ends a segment. */
  static final int FLAG_FOOTER = 1 << 3;

  /** The frame stands for records that a repair could not save. */
  static final int FLAG_LOST = 1 << 4;

  static final String TEMPORARY_SUFFIX = ".tmp";

  private static final Pattern SEGMENT_NAME = Pattern.compile("wal-(\\d{20})\\.log");

  private LogFormat() {}

  /** Where the length of the schema stands in a header of a format. */
  static int headerSchemaLengthOffset(int version) {
    return version == 1 ? HEADER_SCHEMA_LENGTH_OFFSET_V1 : HEADER_SCHEMA_LENGTH_OFFSET;
  }

  /** The file of the segment that begins with a record. */
  static Path segment(Path folder, long firstSequence) {
    return folder.resolve(String.format(Locale.ROOT, "wal-%020d.log", firstSequence));
  }

  /** Where a segment stands until its header is durable. */
  static Path temporary(Path segment) {
    return segment.resolveSibling(segment.getFileName() + TEMPORARY_SUFFIX);
  }

  /** The first sequence in a segment's name; empty for any other file. */
  static OptionalLong firstSequence(Path file) {
    Matcher matcher = SEGMENT_NAME.matcher(String.valueOf(file.getFileName()));
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    String digits = matcher.group(1);
    // Twenty digits hold more than a long: such a name is none of ours.
    return digits.compareTo("09223372036854775807") > 0
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(digits));
  }

  /** The folder of a segment's file. */
  static Path folder(Path file) {
    Path folder = file.getParent();
    if (folder == null) {
      throw new IllegalArgumentException("No folder: " + file);
    }
    return folder;
  }

  static boolean isTemporary(Path file) {
    String name = String.valueOf(file.getFileName());
    return name.startsWith("wal-") && name.endsWith(".log" + TEMPORARY_SUFFIX);
  }
}
