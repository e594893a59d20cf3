package io.proximadb.server.proto;

import com.google.protobuf.Message;
import io.proximadb.error.InvalidArgumentException;

/**
 * Counts what goes into one answer: text, sparse vectors and all, whose sizes nobody knows before
 * they are read. Not safe for use by several threads.
 */
public final class AnswerBytes {
  /**
   * Most bytes of one answer as a message: it is in memory whole, and once more as text. Twice what
   * dense vectors may take, which are counted before.
   */
  public static final long MAX = 64L << 20;

  private final long max;
  private long bytes;

  public AnswerBytes() {
    this(MAX);
  }

  AnswerBytes(long max) {
    this.max = max;
  }

  /**
   * Counts a row or the like, and gives it back.
   *
   * @throws InvalidArgumentException if the answer is too large with it
   */
  public <M extends Message> M add(M part) {
    bytes += part.getSerializedSize();
    if (bytes > max) {
      throw new InvalidArgumentException(
          "Invalid request: its answer has more than "
              + max
              + " bytes (expected one for fewer rows or columns; or ask over Flight)");
    }
    return part;
  }

  /** Bytes counted so far. */
  public long bytes() {
    return bytes;
  }
}
