package io.proximadb.catalog;

import io.proximadb.storage.IdSet;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;

/** Selects the rows that newer rows of the same ids replace. */
public final class Superseded {
  private Superseded() {}

  /** Rows of the table's files whose id is in the set. Opens each file for as long as it looks. */
  public static RowSelector by(CollectionTable table, IdSet ids) {
    TableContext context = table.context();
    return file -> {
      try (SegmentReader reader = Segments.open(context, file.dataFile())) {
        return reader.findAll(ids);
      }
    };
  }
}
