package io.proximadb.wal;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/** Makes the frames of a group in one array. Not safe for use by several threads. */
final class GroupEncoder {
  /** A frame takes no further unit above this: what one damaged byte can take with it. */
  private static final int FRAME_BYTES = 1 << 20;

  /** An array that a large unit has made larger than this is not kept. */
  private static final int KEPT_BYTES = 8 << 20;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final CodecChooser codecs;
  private byte[] bytes = {};
  private byte[] plain = {};
  private int size;
  private long salt;

  GroupEncoder(CodecChooser codecs) {
    this.codecs = codecs;
  }

  /** The frames that follow belong to the segment with this salt. */
  void begin(long segmentSalt) {
    salt = segmentSalt;
  }

  /** The frames of the last call, until the next one. */
  ByteBuffer frames() {
    return ByteBuffer.wrap(bytes, 0, size);
  }

  /**
   * Encodes units in their order.
   *
   * @param footer counts the frames
   */
  void encode(List<LogUnit> group, long watermark, LogFooter footer) throws IOException {
    size = 0;
    if (bytes.length > KEPT_BYTES) {
      bytes = new byte[0];
    }
    if (plain.length > KEPT_BYTES) {
      plain = new byte[0];
    }
    int from = 0;
    while (from < group.size()) {
      int to = from;
      long length = 0;
      do {
        length += group.get(to++).length();
      } while (to < group.size() && length + group.get(to).length() <= FRAME_BYTES);
      footer.add(encodeFrame(group.subList(from, to), (int) length, watermark));
      from = to;
    }
  }

  private LogFrame encodeFrame(List<LogUnit> units, int length, long watermark) throws IOException {
    int records = 0;
    for (LogUnit unit : units) {
      records += unit.records();
    }
    int start = size;
    int payload = start + LogFormat.FRAME_HEADER_BYTES;
    FrameCodec codec = FrameCodec.NONE;
    int stored = length;
    if (codecs.looksAtPayloads()) {
      plain = atLeast(plain, length, 0);
      copy(units, plain, 0);
      codec = codecs.choose(plain, length);
      bytes = atLeast(bytes, payload + Math.max(length, codec.maxLength(length)), size);
      stored = codec.compress(plain, length, bytes, payload);
      if (codec != FrameCodec.NONE && stored >= length) {
        codec = FrameCodec.NONE;
        stored = codec.compress(plain, length, bytes, payload);
      }
    } else {
      bytes = atLeast(bytes, payload + length, size);
      copy(units, bytes, payload);
    }
    codecs.stored(codec);
    LogFrame frame =
        new LogFrame(
            start,
            stored,
            codec.number(),
            watermark,
            units.get(0).firstSequence(),
            records,
            length);
    putHead(frame);
    return frame;
  }

  private static void copy(List<LogUnit> units, byte[] target, int offset) {
    int at = offset;
    for (LogUnit unit : units) {
      System.arraycopy(unit.bytes(), 0, target, at, unit.length());
      at += unit.length();
    }
  }

  /**
   * The bytes of a footer.
   *
   * @param firstSequence of the segment
   */
  ByteBuffer encodeFooter(LogFooter footer, long firstSequence, long watermark) {
    byte[] payload = footer.encode();
    long next = footer.records() == 0 ? firstSequence : footer.lastSequence() + 1;
    size = 0;
    bytes = atLeast(bytes, LogFormat.FRAME_HEADER_BYTES + payload.length, 0);
    System.arraycopy(payload, 0, bytes, LogFormat.FRAME_HEADER_BYTES, payload.length);
    putHead(
        new LogFrame(0, payload.length, LogFormat.FLAG_FOOTER, watermark, next, 0, payload.length));
    return frames();
  }

  /** The bytes of a frame that stands for lost records. */
  ByteBuffer encodeLost(long firstSequence, int records, long watermark) {
    size = 0;
    bytes = atLeast(bytes, LogFormat.FRAME_HEADER_BYTES, 0);
    putHead(new LogFrame(0, 0, LogFormat.FLAG_LOST, watermark, firstSequence, records, 0));
    return frames();
  }

  /** Writes the head of a frame whose payload stands behind already. */
  private void putHead(LogFrame frame) {
    int start = (int) frame.offset();
    INT.set(bytes, start + LogFormat.FRAME_MAGIC_OFFSET, LogFormat.FRAME_MAGIC);
    INT.set(bytes, start + LogFormat.FRAME_LENGTH_OFFSET, frame.length());
    INT.set(bytes, start + LogFormat.FRAME_FLAGS_OFFSET, frame.flags());
    LONG.set(bytes, start + LogFormat.FRAME_WATERMARK_OFFSET, frame.watermark());
    LONG.set(bytes, start + LogFormat.FRAME_FIRST_SEQUENCE_OFFSET, frame.firstSequence());
    INT.set(bytes, start + LogFormat.FRAME_COUNT_OFFSET, frame.records());
    INT.set(bytes, start + LogFormat.FRAME_PLAIN_LENGTH_OFFSET, frame.plainLength());
    CRC32C checksum = LogFrame.checksum(salt, frame.length());
    checksum.update(
        bytes,
        start + LogFormat.FRAME_FLAGS_OFFSET,
        LogFormat.FRAME_HEADER_BYTES - LogFormat.FRAME_FLAGS_OFFSET + frame.length());
    INT.set(bytes, start + LogFormat.FRAME_CHECKSUM_OFFSET, (int) checksum.getValue());
    size = (int) frame.endOffset();
  }

  private static byte[] atLeast(byte[] array, int length, int keep) {
    if (array.length >= length) {
      return array;
    }
    byte[] larger = new byte[Math.max(length, Math.min(2 * array.length, KEPT_BYTES))];
    System.arraycopy(array, 0, larger, 0, keep);
    return larger;
  }
}
