package io.proximadb.filter;

import java.util.Arrays;

/** Ranges of places of a {@link ValueIndex}, ascending and apart. Immutable once handed out. */
public final class Places {
  private int[] bounds = new int[2];
  private int size;

  Places() {}

  /** The places from one on, to another, exclusive; none if that is not behind. */
  static Places range(int from, int to) {
    Places places = new Places();
    places.add(from, to);
    return places;
  }

  /** Adds places behind all others; those that touch become one range. */
  void add(int from, int to) {
    if (from >= to) {
      return;
    }
    assert size == 0 || from >= bounds[size - 1];
    if (size > 0 && from == bounds[size - 1]) {
      bounds[size - 1] = to;
      return;
    }
    if (size == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * size);
    }
    bounds[size++] = from;
    bounds[size++] = to;
  }

  /** How many ranges there are. */
  public int ranges() {
    return size / 2;
  }

  /** The first place of a range. */
  public int from(int range) {
    return bounds[2 * range];
  }

  /** The place behind a range. */
  public int to(int range) {
    return bounds[2 * range + 1];
  }
}
