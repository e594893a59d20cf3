package io.proximadb.storage;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The keyed 64-bit hash of ids: SipHash-2-4 of their UTF-8 bytes. The key is the table's UUID, so
 * that nobody who does not know it can choose ids that collide.
 */
public final class IdHash {
  private final HashFunction function;

  private IdHash(HashFunction function) {
    this.function = function;
  }

  /** The hash of a table: its UUID's upper half is {@code k0}, its lower half {@code k1}. */
  public static IdHash of(UUID tableUuid) {
    return new IdHash(
        Hashing.sipHash24(tableUuid.getMostSignificantBits(), tableUuid.getLeastSignificantBits()));
  }

  public long of(String id) {
    return of(id.getBytes(StandardCharsets.UTF_8));
  }

  /** The hash of an id by its UTF-8 bytes. */
  public long of(byte[] utf8) {
    return function.hashBytes(utf8).asLong();
  }
}
