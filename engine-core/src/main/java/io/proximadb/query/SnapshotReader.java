package io.proximadb.query;

import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.env.Clock;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.memtable.Memtable;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.HiddenRows;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentCache;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.mvcc.StateHolder;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.Snapshot;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Searches a table and reads its rows by id without an engine: what is committed, as of the last
 * refresh. Files and their indexes are those of {@link SegmentCache}, whose bounds hold. Searches
 * may run in several threads, and while another refreshes; refreshes take turns.
 */
public final class SnapshotReader implements AutoCloseable {
  private final CollectionTable table;
  private final @Nullable String version;
  private final Clock clock;
  private final StateHolder holder;
  private volatile ChangeTask.Commit commit;

  private SnapshotReader(
      CollectionTable table,
      @Nullable String version,
      Clock clock,
      CollectionState state,
      ChangeTask.Commit commit) {
    this.table = table;
    this.version = version;
    this.clock = clock;
    this.holder = new StateHolder(table.name().toString(), state);
    this.commit = commit;
  }

  /**
   * Opens a table as it was refreshed last.
   *
   * @param version a tag, the id of a snapshot or a commit's number, to read that for good; null
   *     for the newest
   * @throws io.proximadb.error.NotFoundException if there is no such version
   */
  public static SnapshotReader open(CollectionTable table, @Nullable String version, Clock clock) {
    ReadPoint point = point(table, version);
    return new SnapshotReader(table, version, clock, state(point, Map.of()), commit(point));
  }

  private static ReadPoint point(CollectionTable table, @Nullable String version) {
    return version == null ? ReadPoint.current(table) : ReadPoint.version(table, version);
  }

  private static ChangeTask.Commit commit(ReadPoint point) {
    OptionalLong id = point.snapshotId();
    Snapshot snapshot = id.isEmpty() ? null : point.table().table().snapshot(id.getAsLong());
    return snapshot == null ? new ChangeTask.Commit(-1, 0, 0) : SnapshotChanges.commit(snapshot);
  }

  private static CollectionState state(ReadPoint point, Map<String, SegmentView> known) {
    TableContext context = point.context();
    OptionalLong id = point.snapshotId();
    List<LiveFile> files = id.isEmpty() ? List.of() : point.table().liveFiles(id.getAsLong());
    List<SegmentHandle> handles = new ArrayList<>();
    try {
      List<SegmentView> views = new ArrayList<>();
      for (LiveFile file : files) {
        SegmentHandle handle = SegmentCache.shared().acquire(context, file.dataFile());
        handles.add(handle);
        SegmentView before = known.get(file.location());
        RoaringBitmap deleted;
        if (before != null && before.file().sameDeletes(file)) {
          deleted = before.deleted();
        } else {
          deleted = file.deletedPositions(context);
          deleted.or(handle.reader().rowsWithoutId());
        }
        views.add(new SegmentView(handle, file, deleted, new HiddenRows()));
      }
      return new CollectionState(context, id, 0, views, List.of(new Memtable()));
    } finally {
      handles.forEach(SegmentHandle::release);
    }
  }

  /** Looks for a newer snapshot and takes it in; true if there was one. Not of a version. */
  public boolean refresh() {
    if (version != null) {
      return false;
    }
    table.refresh();
    CollectionState before = holder.acquire();
    try {
      if (table.snapshotId().equals(before.snapshotId())
          && table.context().hasSchemaOf(before.context())) {
        return false;
      }
      Map<String, SegmentView> known = new HashMap<>();
      before.segments().forEach(segment -> known.put(segment.file().location(), segment));
      ReadPoint point = point(table, null);
      holder.swap(state(point, known));
      commit = commit(point);
      return true;
    } finally {
      holder.release(before);
    }
  }

  /** The commit of the snapshot that is read. */
  public ChangeTask.Commit commit() {
    return commit;
  }

  private Pin pin() {
    return new Pin(
        holder, holder.acquire(), 0, version == null ? clock.nowMicros() : commit.micros());
  }

  /**
   * The nearest rows, as an engine gives them.
   *
   * @throws io.proximadb.error.InvalidArgumentException if the request does not fit the schema
   */
  public SearchResponse search(SearchRequest request) {
    try (Pin pin = pin()) {
      TableContext context = pin.state().context();
      BoundFilter filter = BoundFilter.bind(request.filter(), context.schema());
      return new Searcher(new RowColumns(context.schema())).search(pin, request, filter);
    }
  }

  /** The row of an id, if it is live and passes the filter; null otherwise. */
  public RowChange.@Nullable Place find(String id, Filter filter, List<String> columns) {
    try (Pin pin = pin()) {
      BoundFilter bound = BoundFilter.bind(filter, pin.state().context().schema());
      Set<String> wanted = new LinkedHashSet<>(columns);
      wanted.addAll(bound.columns());
      for (SegmentView segment : pin.state().segments()) {
        int position = segment.handle().reader().find(id);
        if (position < 0 || !segment.liveAt(pin.sequence(), pin.readMicros()).test(position)) {
          continue;
        }
        ColumnBatch batch =
            segment.handle().reader().rows(new int[] {position}, List.copyOf(wanted));
        return bound.matches(name -> batch.column(name).value(0))
            ? new RowChange.Place(batch, 0)
            : null;
      }
      return null;
    }
  }

  @Override
  public void close() {
    holder.close();
  }
}
