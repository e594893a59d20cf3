package io.proximadb.storage;

import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import java.io.Closeable;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * An open, immutable data file. Positions are row numbers from 0. Deleted rows are still here: who
 * reads applies deletion vectors. Safe for use by several threads; closing unmaps the file, so the
 * owner counts references.
 */
public interface SegmentReader extends Closeable {
  DataFile dataFile();

  /** Rows in the file, live or not; below 2^31. */
  int rowCount();

  /** The id of a row; about a microsecond. */
  String id(int position);

  /**
   * The position of an id, or -1; the stored id is compared, not its hash alone. Of several the
   * last.
   */
  int find(String id);

  /**
   * What {@link #find(String)} gives for each of several ids.
   *
   * @param positions filled from index 0
   */
  default void find(IdKeys keys, int[] positions) {
    for (int i = 0; i < keys.size(); i++) {
      positions[i] = find(keys.id(i));
    }
  }

  /** The positions of all rows whose id is in the set. */
  RoaringBitmap findAll(IdSet ids);

  /** The ids of this file as a set, to look for in other files. */
  IdSet ids();

  /**
   * A whole column, decoded; system columns too, vector fields excepted. Callers that want it twice
   * keep it.
   */
  Column column(String name);

  /** The rows at these positions (ascending), decoding only the pages that hold them. */
  ColumnBatch rows(int[] positions, List<String> columns);

  /**
   * Says that ids and columns of these rows (ascending) will be read, so that they are fetched
   * together where the file is remote; does not wait.
   */
  default void prefetch(int[] positions, List<String> columns) {}

  /** All rows in order, in batches of at most that many, vector fields as block copies. */
  CloseableIterator<ColumnBatch> scan(List<String> columns, int batchRows);

  /**
   * True if the rows of the file have vectors of that field; false if none has, because the field
   * was added to the table later. Our own files have a field for all their rows or not at all.
   */
  default boolean hasVectors(String field) {
    return true;
  }

  /** Row access to a vector field that the file has. */
  VectorRows vectors(String field);

  /** Which rows belong to which cluster of the default vector field; kept by the reader. */
  default ClusterRuns clusters() {
    return ClusterRuns.none(rowCount());
  }

  /** Iceberg's row lineage, or null if the table has none. */
  default @Nullable RowLineage lineage() {
    return RowLineage.inherited(dataFile());
  }

  /**
   * Rows whose id stands again at a later position of the file, which alone counts. Only other
   * engines write such files.
   */
  default RoaringBitmap repeatedRows() {
    return new RoaringBitmap();
  }

  /** Rows without an id, which no read shows. Only other engines write such rows. */
  default RoaringBitmap rowsWithoutId() {
    return new RoaringBitmap();
  }

  /**
   * Rows whose vector is missing or not of the field's dimension or not of finite floats: searches
   * pass them over, other reads show them without it, and no file of ours can hold them. Only other
   * engines write such rows.
   */
  default RoaringBitmap rowsWithoutVector(String field) {
    return new RoaringBitmap();
  }

  @Override
  void close();
}
