package io.proximadb.maintenance;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Names of files, by their last part and by a 64-bit hash of it: a few bytes for each, whatever
 * scheme and folder a location is written with. It answers "maybe" for a name that is not there
 * with a probability of 2^-64 for each name that is, and never "no" for one that is.
 */
final class NameSet {
  private static final int FIRST_SLOTS = 1_024;

  private long[] slots = new long[FIRST_SLOTS];
  private int size;

  /** The last part of a location. */
  static String nameOf(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  /** Adds the name of a location; false if it was there. */
  boolean add(String location) {
    if (2 * size > slots.length) {
      long[] before = slots;
      slots = new long[Math.multiplyExact(2, before.length)];
      for (long hash : before) {
        if (hash != 0) {
          slots[slot(hash)] = hash;
        }
      }
    }
    long hash = hash(location);
    int slot = slot(hash);
    if (slots[slot] == hash) {
      return false;
    }
    slots[slot] = hash;
    size++;
    return true;
  }

  /** True if the name of a location was added. */
  boolean contains(String location) {
    long hash = hash(location);
    return slots[slot(hash)] == hash;
  }

  /** How many names there are. */
  int size() {
    return size;
  }

  /** Where a hash is or would be put. */
  private int slot(long hash) {
    int slot = (int) hash & (slots.length - 1);
    while (slots[slot] != 0 && slots[slot] != hash) {
      slot = (slot + 1) & (slots.length - 1);
    }
    return slot;
  }

  /** Never 0, which marks a free slot. */
  private static long hash(String location) {
    long hash = Hashing.murmur3_128().hashString(nameOf(location), StandardCharsets.UTF_8).asLong();
    return hash == 0 ? 1 : hash;
  }

  @Override
  public String toString() {
    return size + " names in " + Arrays.stream(slots).filter(hash -> hash != 0).count() + " slots";
  }
}
