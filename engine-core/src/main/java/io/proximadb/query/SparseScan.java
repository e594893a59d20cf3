package io.proximadb.query;

import io.proximadb.error.UnavailableException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.index.flat.SparseSearch;
import io.proximadb.index.sparse.SparseIndex;
import io.proximadb.index.sparse.SparseIndexSearch;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.LoadedIndex;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.mvcc.SegmentIndexes;
import io.proximadb.mvcc.SegmentView;
import java.io.IOException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/** Compares a sparse query with every live row, some hundred rows of a file in memory at a time. */
final class SparseScan {
  /** Rows in memory at once: with a hundred components each a quarter of a MiB. */
  private static final int BATCH_ROWS = 256;

  private static final String NO_INDEX = "no index";

  private final Pin pin;
  private final VectorField field;
  private final BoundFilter filter;
  private final SparseSearch search;
  private final List<IndexDefinition> definitions;
  private long comparedRows;
  private long indexedRows;
  private @Nullable IndexDefinition used;
  private String reason = NO_INDEX;

  SparseScan(
      Pin pin,
      VectorField field,
      BoundFilter filter,
      SparseSearch search,
      IndexChoice choice,
      SparseVector query) {
    this.pin = pin;
    this.field = field;
    this.filter = filter;
    this.search = search;
    this.definitions = choice.of(pin.state(), field.name(), query.hashCode());
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
      comparedRows++;
    }
  }

  /** Compares the rows of a file, or has its index look for the nearest. */
  void segment(SegmentView segment, long firstOrdinal) {
    SparseIndex index = index(segment.handle());
    if (index != null && filter.isAlwaysTrue()) {
      indexedRows += segment.liveRows(pin.sequence(), pin.readMicros());
      IntPredicate live = segment.liveAt(pin.sequence(), pin.readMicros());
      new SparseIndexSearch(index, search).run(firstOrdinal, live);
      return;
    }
    RoaringBitmap positions = SegmentRows.matching(pin, segment, filter);
    if (index != null) {
      indexedRows += positions.getLongCardinality();
      new SparseIndexSearch(index, search).run(firstOrdinal, positions);
      return;
    }
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

  /** The index of a file, or null if it has none to be had now. */
  private @Nullable SparseIndex index(SegmentHandle handle) {
    for (IndexDefinition definition : definitions) {
      SegmentIndexes.Found found = handle.index(pin.state().context(), definition);
      LoadedIndex loaded = found.index();
      if (loaded != null && loaded.index() instanceof SparseIndex index) {
        used = definition;
        return index;
      }
      reason = "index '" + definition.name() + "': " + found.reason();
    }
    return null;
  }

  /** Rows that were compared one by one. */
  long comparedRows() {
    return comparedRows;
  }

  /** How the answer was found. */
  Searcher.Found found() {
    String rows =
        filter.isAlwaysTrue() ? "every live row" : "every live row that passes the filter";
    String leftOut = LeftOut.of(pin, field).words(field);
    if (used == null) {
      return new Searcher.Found(
          OptionalDouble.of(1), "exact: " + reason + ", " + rows + " compared" + leftOut);
    }
    String rest =
        comparedRows == 0
            ? ""
            : "; "
                + comparedRows
                + " rows compared one by one"
                + (reason.equals(NO_INDEX) ? "" : " (" + reason + ")");
    return new Searcher.Found(
        OptionalDouble.of(1),
        "exact: index '"
            + used.name()
            + "' ("
            + used.type()
            + ") for "
            + indexedRows
            + " rows"
            + rest
            + leftOut,
        indexedRows,
        used,
        true);
  }
}
