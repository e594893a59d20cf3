package io.proximadb.wal.mirror;

import io.proximadb.error.CorruptFileException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What follows an object's header: pieces, each with its length before it. Groups of the same
 * segment are one piece.
 */
final class ObjectContent {
  private final List<byte[]> headers = new ArrayList<>();
  private final List<List<ByteBuffer>> frames = new ArrayList<>();

  /** Adds the next group. */
  void add(byte[] header, ByteBuffer group) {
    int last = headers.size() - 1;
    // By identity: the same array for the same segment is what the caller promises.
    if (last < 0 || headers.get(last) != header) {
      headers.add(header);
      frames.add(new ArrayList<>());
      last++;
    }
    frames.get(last).add(group);
  }

  int pieces() {
    return headers.size();
  }

  ByteBuffer encode() {
    int length = 0;
    for (int i = 0; i < headers.size(); i++) {
      length = Math.addExact(length, Integer.BYTES + pieceLength(i));
    }
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < headers.size(); i++) {
      bytes.putInt(pieceLength(i)).put(headers.get(i));
      for (ByteBuffer group : frames.get(i)) {
        bytes.put(group.duplicate());
      }
    }
    return bytes.flip();
  }

  private int pieceLength(int piece) {
    int length = headers.get(piece).length;
    for (ByteBuffer group : frames.get(piece)) {
      length = Math.addExact(length, group.remaining());
    }
    return length;
  }

  static int checksum(ByteBuffer content) {
    CRC32C checksum = new CRC32C();
    checksum.update(content.duplicate());
    return (int) checksum.getValue();
  }

  /** Gets the pieces of an object. */
  @FunctionalInterface
  interface PieceConsumer {
    void accept(int index, byte[] bytes) throws IOException;
  }

  /**
   * Takes a whole, checked object apart.
   *
   * @throws CorruptFileException if the lengths make no sense
   */
  static void read(String location, ObjectHeader header, byte[] object, PieceConsumer consumer)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(object).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(ObjectHeader.BYTES);
    for (int i = 0; i < header.pieces(); i++) {
      int length = bytes.remaining() < Integer.BYTES ? -1 : bytes.getInt();
      if (length < 0 || length > bytes.remaining()) {
        throw ObjectHeader.corrupt(
            location,
            "length of piece " + i + " is wrong",
            "0 to " + bytes.remaining() + " bytes",
            length);
      }
      consumer.accept(i, Arrays.copyOfRange(object, bytes.position(), bytes.position() + length));
      bytes.position(bytes.position() + length);
    }
    if (bytes.hasRemaining()) {
      throw ObjectHeader.corrupt(
          location, "bytes follow its last piece", "none", bytes.remaining() + " bytes");
    }
  }
}
