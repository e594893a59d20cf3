package io.proximadb.query;

import io.proximadb.error.UnavailableException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.index.flat.SparseSearch;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import java.io.IOException;
import java.util.List;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/** Compares a sparse query with every live row, some hundred rows of a file in memory at a time. */
final class SparseScan {
  /** Rows in memory at once: with a hundred components each a quarter of a MiB. */
  private static final int BATCH_ROWS = 256;

  private final Pin pin;
  private final VectorField field;
  private final BoundFilter filter;
  private final SparseSearch search;

  SparseScan(Pin pin, VectorField field, BoundFilter filter, SparseSearch search) {
    this.pin = pin;
    this.field = field;
    this.filter = filter;
    this.search = search;
  }

  /** Compares unflushed rows, whose ordinals are their places in the list. */
  void rows(List<Row> unflushed) {
    CollectionSchema schema = pin.state().context().schema();
    int ordinal =
        schema.metadataFields().indexOf(new MetadataField(field.name(), SparseVector.TYPE));
    for (int i = 0; i < unflushed.size(); i++) {
      offer(unflushed.get(i).metadata()[ordinal], i);
    }
  }

  private void offer(@Nullable Object value, long ordinal) {
    // What is not there, or was put there by another engine and is no vector, is no candidate.
    SparseVector vector = SparseVector.usable(field, value);
    if (vector != null) {
      search.add(vector, ordinal);
    }
  }

  /** Compares the rows of a file. */
  void segment(SegmentView segment, long firstOrdinal) {
    RoaringBitmap positions =
        SegmentRows.matching(
            segment.handle().reader().rowCount(),
            filter,
            segment.handle()::column,
            segment.liveAt(pin.sequence(), pin.readMicros()));
    if (positions.isEmpty()) {
      return;
    }
    IntIterator position = positions.getIntIterator();
    try (CloseableIterator<ColumnBatch> batches =
        SegmentRows.read(segment.handle().reader(), positions, List.of(field.name()), BATCH_ROWS)) {
      while (batches.hasNext()) {
        ColumnBatch batch = batches.next();
        Column vectors = batch.column(field.name());
        for (int row = 0; row < batch.rowCount(); row++) {
          offer(vectors.value(row), firstOrdinal + position.next());
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot close a scan of a data file", e);
    }
  }
}
