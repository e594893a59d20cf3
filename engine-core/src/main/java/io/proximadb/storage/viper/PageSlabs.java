package io.proximadb.storage.viper;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of a chunk's pages, one page after the other in few large arrays. A row group's pages
 * live until it is full; were they arrays of their own, each collection of young garbage would copy
 * them and stop the readers meanwhile. Java's default collector never moves arrays as large as
 * these.
 */
final class PageSlabs {
  /**
   * Size of a full array. G1 leaves in its place what fills half a region; with heaps up to 32 GB
   * regions have at most 16 MiB.
   */
  static final int SLAB_BYTES = 8 << 20;

  /** The first array starts small, because most files of a quiet collection hold few rows. */
  static final int INITIAL_BYTES = 64 << 10;

  /** Where a page is: the number of its array, and the bytes in that. */
  record Page(int slab, int offset, int bytes) {}

  private final int maxPageBytes;
  private final List<byte[]> slabs = new ArrayList<>();
  private byte[] current = new byte[0];
  private int start;
  private int end;

  /**
   * Holds nothing yet.
   *
   * @param maxPageBytes bytes that no page exceeds
   */
  PageSlabs(int maxPageBytes) {
    this.maxPageBytes = maxPageBytes;
  }

  /** Room for so many bytes at the end of the page that is being filled. */
  ByteBuffer append(int bytes) {
    if (bytes > current.length - end) {
      grow(bytes);
    }
    ByteBuffer room = ByteBuffer.wrap(current, end, bytes);
    end += bytes;
    return room;
  }

  private void grow(int bytes) {
    int full = Math.max(SLAB_BYTES, maxPageBytes);
    int filled = end - start;
    if (slabs.isEmpty() || current.length == full) {
      // What the page has so far goes with it.
      byte[] next = new byte[slabs.isEmpty() ? Math.min(full, initial(bytes)) : full];
      System.arraycopy(current, start, next, 0, filled);
      slabs.add(next);
      start = 0;
      end = filled;
      current = next;
    } else {
      long wanted = Math.max(2L * current.length, (long) end + bytes);
      current = Arrays.copyOf(current, (int) Math.min(full, wanted));
      slabs.set(slabs.size() - 1, current);
      if (bytes > current.length - end) {
        grow(bytes);
      }
    }
  }

  private static int initial(int bytes) {
    return Math.max(INITIAL_BYTES, bytes);
  }

  /** Bytes of the page that is being filled. */
  int filled() {
    return end - start;
  }

  /** Ends the page that is being filled. */
  Page end() {
    Page page = new Page(slabs.size() - 1, start, end - start);
    start = end;
    return page;
  }

  /** The bytes of a page, in their place. */
  ByteBuffer bytes(Page page) {
    return ByteBuffer.wrap(slabs.get(page.slab()), page.offset(), page.bytes()).slice();
  }

  /** Lets go of all arrays before that of a page; their pages are not asked for again. */
  void releaseBefore(Page page) {
    for (int i = page.slab() - 1; i >= 0 && slabs.get(i).length > 0; i--) {
      slabs.set(i, new byte[0]);
    }
  }
}
