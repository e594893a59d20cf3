package io.proximadb.catalog;

import org.roaringbitmap.RoaringBitmap;

/**
 * Picks rows of a data file by what the file holds, never by what is deleted in it already: an
 * answer for a file stays right whatever is committed meanwhile.
 */
@FunctionalInterface
public interface RowSelector {
  /** Positions to delete; deleted ones may be among them. */
  RoaringBitmap select(LiveFile file);
}
