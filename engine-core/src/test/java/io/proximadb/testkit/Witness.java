package io.proximadb.testkit;

import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.util.List;

/** An engine that knows Iceberg alone, which {@link CollectionModel} lets read and write. */
public interface Witness {
  /**
   * A row as the other engine sees it.
   *
   * @param extra value of the column that comes and goes; null for none
   * @param expiresAtMicros {@link Long#MAX_VALUE} for never
   */
  record Seen(String id, long number, List<Float> vector, Long extra, long expiresAtMicros) {}

  /** What a statement does. */
  enum Statement {
    /** Adds rows, whatever ids are there. */
    INSERT,
    /** Removes the rows of ids. */
    DELETE,
    /** Replaces the rows of ids that are there. */
    UPDATE,
    /** Replaces the rows of ids that are there, and adds those of others. */
    MERGE
  }

  /**
   * All rows of the table {@code default.docs}.
   *
   * @param snapshotId null for the newest
   * @param extraColumn a column to read with them; null for none
   */
  List<Seen> rows(Path warehouse, Long snapshotId, String extraColumn);

  /**
   * Does a statement, with records of {@link Records} without expiry.
   *
   * @param copyOnWrite true to rewrite files, false to write deletes
   */
  void write(
      Path warehouse,
      Statement statement,
      boolean copyOnWrite,
      String extraColumn,
      List<VectorRecord> records);

  /** The files of all warehouses were replaced. */
  void replaced();
}
