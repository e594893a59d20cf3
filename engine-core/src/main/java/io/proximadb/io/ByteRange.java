package io.proximadb.io;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Bytes of a file.
 *
 * @param offset of the first, from 0
 * @param length how many, at least 1
 */
public record ByteRange(long offset, int length) {
  public ByteRange {
    if (offset < 0 || length < 1) {
      throw new IllegalArgumentException(
          "Invalid range: " + length + " bytes at " + offset + " (expected 1 at 0)");
    }
  }

  /** The offset after the last byte. */
  public long end() {
    return offset + length;
  }

  /**
   * Requests that get all of these ranges: neighbours and overlaps go together, in the order of
   * their offsets.
   *
   * @param ranges in any order
   * @param maxGapBytes what may lie between two ranges that go together, and is read for nothing
   * @param maxBytes a request ends with the last range that fits; a larger range is one by itself
   */
  static List<ByteRange> merge(List<ByteRange> ranges, int maxGapBytes, int maxBytes) {
    List<ByteRange> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingLong(ByteRange::offset));
    List<ByteRange> merged = new ArrayList<>();
    long start = -1;
    long end = -1;
    for (ByteRange range : sorted) {
      boolean joins =
          start >= 0
              && range.offset() - end <= maxGapBytes
              && Math.max(end, range.end()) - start <= maxBytes;
      boolean inside = start >= 0 && range.end() <= end;
      if (joins || inside) {
        end = Math.max(end, range.end());
      } else {
        if (start >= 0) {
          merged.add(new ByteRange(start, (int) (end - start)));
        }
        start = range.offset();
        end = range.end();
      }
    }
    if (start >= 0) {
      merged.add(new ByteRange(start, (int) (end - start)));
    }
    return merged;
  }
}
