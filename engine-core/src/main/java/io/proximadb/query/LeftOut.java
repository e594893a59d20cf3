package io.proximadb.query;

import io.proximadb.model.VectorField;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.AttachedFiles;
import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/**
 * Rows of other engines that no search can answer with, because they are no records.
 *
 * @param withoutId rows without an id
 * @param replaced rows of an attached table whose id stands again in a row that counts instead
 * @param withoutVector rows without a vector that fits the field: none, of another dimension, with
 *     a null, NaN or infinite component
 */
record LeftOut(long withoutId, long replaced, long withoutVector) {
  /** Counts the rows that are not deleted, whether or not a filter would pass them. */
  static LeftOut of(Pin pin, VectorField field) {
    boolean attached = AttachedFiles.isAttached(pin.state().context());
    long withoutId = 0;
    long replaced = 0;
    long withoutVector = 0;
    for (SegmentView segment : pin.state().segments()) {
      RoaringBitmap noId = segment.handle().reader().rowsWithoutId();
      withoutId += noId.getLongCardinality();
      // Elsewhere they may be deleted besides, and maintenance soon deletes them for good.
      replaced += attached ? segment.file().replaced().getLongCardinality() : 0;
      // Of dense columns alone it is known which rows do not fit.
      if (!field.isSparse() && segment.handle().reader().hasVectors(field.name())) {
        RoaringBitmap noVector = segment.handle().reader().rowsWithoutVector(field.name());
        noVector.andNot(segment.deleted());
        withoutVector += noVector.getLongCardinality();
      }
    }
    return new LeftOut(withoutId, replaced, withoutVector);
  }

  /** In words, with a separator before them; empty if nothing is left out. */
  String words(VectorField field) {
    List<String> parts = new ArrayList<>();
    add(parts, withoutVector, "without a vector that fits '" + field.name() + "'");
    add(parts, withoutId, "without an id");
    add(parts, replaced, "whose id stands again in a newer row");
    return parts.isEmpty() ? "" : "; left out of the table: " + String.join(", ", parts);
  }

  private static void add(List<String> parts, long rows, String what) {
    if (rows > 0) {
      parts.add(rows + (rows == 1 ? " row " : " rows ") + what);
    }
  }
}
