package io.proximadb.storage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The keyed 64-bit hash of ids: SipHash-2-4 [1] of their UTF-8 bytes. The key is the table's UUID,
 * so that nobody who does not know it can choose ids that collide. Immutable; allocates nothing for
 * bytes, since each write takes the hashes of all its ids.
 *
 * <p>[1] Aumasson and Bernstein, SipHash: a fast short-input PRF, INDOCRYPT 2012.
 */
public final class IdHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** The four words of the paper, "somepseudorandomlygeneratedbytes". */
  private static final long WORD_0 = 0x736f6d6570736575L;

  private static final long WORD_1 = 0x646f72616e646f6dL;
  private static final long WORD_2 = 0x6c7967656e657261L;
  private static final long WORD_3 = 0x7465646279746573L;
  private static final int FINAL_ROUNDS = 4;
  private static final long FINAL_MARK = 0xff;

  private final long k0;
  private final long k1;

  private IdHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** The hash of a table: its UUID's upper half is {@code k0}, its lower half {@code k1}. */
  public static IdHash of(UUID tableUuid) {
    return new IdHash(tableUuid.getMostSignificantBits(), tableUuid.getLeastSignificantBits());
  }

  public long of(String id) {
    return of(id.getBytes(StandardCharsets.UTF_8));
  }

  /** The hash of an id by its UTF-8 bytes. */
  public long of(byte[] utf8) {
    long v0 = k0 ^ WORD_0;
    long v1 = k1 ^ WORD_1;
    long v2 = k0 ^ WORD_2;
    long v3 = k1 ^ WORD_3;
    int words = utf8.length / Long.BYTES;
    int rounds = 2 * (words + 1) + FINAL_ROUNDS;
    long word = 0;
    // Two rounds for each word, the last of which has the rest and the length; then the final ones.
    for (int round = 0; round < rounds; round++) {
      int at = round / 2;
      boolean absorbs = at <= words;
      if (absorbs && round % 2 == 0) {
        word = at < words ? (long) LONG.get(utf8, at * Long.BYTES) : last(utf8, words * Long.BYTES);
        v3 ^= word;
      }
      v0 += v1;
      v2 += v3;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 = Long.rotateLeft(v2, 32);
      if (absorbs && round % 2 == 1) {
        v0 ^= word;
        v2 ^= at == words ? FINAL_MARK : 0;
      }
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }

  /** The bytes that fill no word, below the length's lowest byte. */
  private static long last(byte[] utf8, int from) {
    long word = (long) utf8.length << 56;
    int count = utf8.length - from;
    if (count > 0 && utf8.length >= Long.BYTES) {
      // The last eight bytes, without those that belong to the word before.
      long ending = (long) LONG.get(utf8, utf8.length - Long.BYTES);
      return word | (ending >>> (Byte.SIZE * (Long.BYTES - count)));
    }
    for (int i = from; i < utf8.length; i++) {
      word |= (utf8[i] & 0xffL) << (Byte.SIZE * (i - from));
    }
    return word;
  }
}
