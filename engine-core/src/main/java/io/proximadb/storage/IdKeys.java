package io.proximadb.storage;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Ids that are looked for one by one in several files, in any order, with what files know them by:
 * each is encoded and hashed once.
 */
public final class IdKeys {
  private final byte[][] utf8;
  private final long[] hashes;

  private IdKeys(byte[][] utf8, long[] hashes) {
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
    return new IdKeys(utf8, hashes);
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
    return utf8[i];
  }

  /** The i-th id. */
  public String id(int i) {
    return new String(utf8[i], StandardCharsets.UTF_8);
  }
}
