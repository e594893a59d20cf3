package io.proximadb.filter;

import org.roaringbitmap.RoaringBitmap;

/**
 * The distinct values at one path of the rows of a file, in order, each with the rows that have it.
 * A value's place is its number in that order, from 0.
 *
 * <p>Numbers, booleans, dates and timestamps are known by keys, longs of the same order (see {@link
 * PathValues}), text and binary by bytes, which compare unsigned. Of a list the values are its
 * elements. Sets of rows that are handed out belong to the caller. Safe for use by several threads.
 */
public interface ValueIndex {
  /** Rows of the file. */
  int rowCount();

  /** Rows that have NULL there, or in a struct on the way; those of a list without NULLs. */
  RoaringBitmap nullRows();

  /** Rows whose list has a NULL among its elements; empty where there are no lists. */
  RoaringBitmap rowsWithNullElement();

  /** How many distinct values there are. */
  int valueCount();

  /** The first place whose key is not less than a key, or {@link #valueCount()}. */
  int place(long key);

  /** The first place whose bytes are not less than these, or {@link #valueCount()}. */
  int place(byte[] bytes);

  /** Whether the bytes at a place pass a test. */
  boolean test(int place, Bytes test);

  /** Rows that have a value at one of some places. */
  RoaringBitmap rows(Places places);

  /** The sum over places of the rows that have the value; of lists it may count a row again. */
  long count(Places places);

  /** A condition on bytes. */
  @FunctionalInterface
  interface Bytes {
    /** Whether {@code bytes[from, to)} passes. */
    boolean test(byte[] bytes, int from, int to);
  }
}
