package io.proximadb.storage;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Ids that are looked for one by one in several files, in any order, with what files know them by:
 * each is encoded and hashed once. For one thread.
 */
public final class IdKeys {
  private final List<String> ids;

  /** Made when they are asked for: most ids are told apart by their hashes. */
  private final byte[] @Nullable [] utf8;

  private final long[] hashes;

  private IdKeys(List<String> ids, byte[] @Nullable [] utf8, long[] hashes) {
    this.ids = ids;
    this.utf8 = utf8;
    this.hashes = hashes;
  }

  /** The keys of ids, by their places in the list. */
  public static IdKeys of(IdHash hash, List<String> ids) {
    byte[][] utf8 = new byte[ids.size()][];
    long[] hashes = new long[utf8.length];
    for (int i = 0; i < utf8.length; i++) {
      utf8[i] = ids.get(i).getBytes(StandardCharsets.UTF_8);
      hashes[i] = hash.of(utf8[i]);
    }
    return new IdKeys(ids, utf8, hashes);
  }

  /**
   * The keys of ids whose hashes are known.
   *
   * @param ids not changed any more
   * @param hashes of these, under the table's key, not changed any more
   */
  public static IdKeys of(List<String> ids, long[] hashes) {
    if (ids.size() != hashes.length) {
      throw new IllegalArgumentException(
          "Invalid hashes: " + hashes.length + " (expected " + ids.size() + ", one for each id)");
    }
    return new IdKeys(ids, new byte[hashes.length][], hashes);
  }

  public int size() {
    return hashes.length;
  }

  /** The hash of the i-th id, under the table's key. */
  public long hash(int i) {
    return hashes[i];
  }

  /** The UTF-8 bytes of the i-th id, not to be changed. */
  public byte[] utf8(int i) {
    byte[] bytes = utf8[i];
    if (bytes == null) {
      bytes = ids.get(i).getBytes(StandardCharsets.UTF_8);
      utf8[i] = bytes;
    }
    return bytes;
  }

  /** The i-th id. */
  public String id(int i) {
    return ids.get(i);
  }
}
