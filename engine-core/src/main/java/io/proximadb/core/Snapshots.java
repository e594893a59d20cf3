package io.proximadb.core;

import io.proximadb.api.CollectionView;
import io.proximadb.api.SnapshotInfo;
import io.proximadb.api.SnapshotRef;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.memtable.Memtable;
import io.proximadb.model.Timestamps;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.StateHolder;
import io.proximadb.storage.TableContext;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.jspecify.annotations.Nullable;

/** The snapshots of one collection, and the views of them that are open. */
final class Snapshots {
  private final CollectionTable table;
  private final CollectionStore store;
  private final StateBuilder builder;
  private final Set<SnapshotView> open = new HashSet<>();
  private boolean closed;

  Snapshots(Surroundings engine, CollectionTable table, CollectionStore store) {
    this.table = table;
    this.store = store;
    this.builder = new StateBuilder(engine.columns(), engine.indexes());
  }

  /** What can be read, oldest first. */
  List<SnapshotInfo> list() {
    store.refresh();
    return StreamSupport.stream(table.table().snapshots().spliterator(), false)
        .map(Snapshots::info)
        .sorted(Comparator.comparing(SnapshotInfo::committedAt))
        .toList();
  }

  private static SnapshotInfo info(Snapshot snapshot) {
    Long parent = snapshot.parentId();
    String operation = snapshot.operation();
    Map<String, String> summary = new HashMap<>();
    if (snapshot.summary() != null) {
      summary.putAll(snapshot.summary());
    }
    return new SnapshotInfo(
        snapshot.snapshotId(),
        parent == null ? OptionalLong.empty() : OptionalLong.of(parent),
        Timestamps.ofMicros(snapshot.timestampMillis() * 1_000),
        operation == null ? "" : operation,
        summary);
  }

  /** Opens a snapshot. */
  CollectionView open(SnapshotRef ref) {
    store.refresh();
    Snapshot snapshot = find(ref);
    CollectionState state = state(ref, snapshot);
    SnapshotView view =
        new SnapshotView(info(snapshot), new StateHolder(table.name().toString(), state), this);
    synchronized (this) {
      if (!closed) {
        open.add(view);
        return view;
      }
    }
    view.close();
    return view;
  }

  private CollectionState state(SnapshotRef ref, Snapshot snapshot) {
    TableContext context = table.contextAt(snapshot.snapshotId());
    List<Memtable> none = List.of(new Memtable());
    CollectionState empty = new CollectionState(context, OptionalLong.empty(), 0, List.of(), none);
    try {
      return builder
          .open(
              context,
              OptionalLong.of(snapshot.snapshotId()),
              table.liveFiles(snapshot.snapshotId()),
              empty)
          .state(0, none);
    } catch (NotFoundException
        | org.apache.iceberg.exceptions.NotFoundException
        | UnavailableException
        | RuntimeIOException e) {
      store.refresh();
      if (table.table().snapshot(snapshot.snapshotId()) == null) {
        throw notFound(ref, e);
      }
      throw e;
    } finally {
      empty.release();
    }
  }

  private Snapshot find(SnapshotRef ref) {
    Snapshot snapshot =
        ref instanceof SnapshotRef.Id id
            ? table.table().snapshot(id.snapshotId())
            : currentAt(((SnapshotRef.AsOf) ref).time().toEpochMilli());
    if (snapshot == null) {
      throw notFound(ref, null);
    }
    return snapshot;
  }

  /** The table's history, not the snapshots' times: it knows of rollbacks. */
  private @Nullable Snapshot currentAt(long millis) {
    Snapshot found = null;
    for (HistoryEntry entry : table.table().history()) {
      if (entry.timestampMillis() <= millis) {
        found = table.table().snapshot(entry.snapshotId());
      }
    }
    return found;
  }

  private NotFoundException notFound(SnapshotRef ref, @Nullable RuntimeException cause) {
    List<SnapshotInfo> known =
        StreamSupport.stream(table.table().snapshots().spliterator(), false)
            .map(Snapshots::info)
            .sorted(Comparator.comparing(SnapshotInfo::committedAt))
            .toList();
    String asked =
        ref instanceof SnapshotRef.Id id
            ? "at snapshot " + id.snapshotId()
            : "as of " + ((SnapshotRef.AsOf) ref).time();
    return new NotFoundException(
        "Cannot read '"
            + table.name()
            + "' "
            + asked
            + ": there is no such snapshot, or it has expired ("
            + (known.isEmpty()
                ? "nothing was committed yet"
                : "there are "
                    + known.size()
                    + ", from "
                    + describe(known.get(0))
                    + " to "
                    + describe(known.get(known.size() - 1)))
            + ")",
        cause);
  }

  private static String describe(SnapshotInfo snapshot) {
    return snapshot.id() + " of " + snapshot.committedAt();
  }

  /** The snapshots that open views read, whose files must stay. */
  synchronized Set<Long> pinned() {
    Set<Long> ids = new HashSet<>();
    open.forEach(view -> ids.add(view.snapshot().id()));
    return ids;
  }

  synchronized void closed(SnapshotView view) {
    open.remove(view);
  }

  /** Ends all views: the engine lets go of the table. */
  void close() {
    List<SnapshotView> views;
    synchronized (this) {
      closed = true;
      views = List.copyOf(open);
    }
    views.forEach(SnapshotView::close);
  }
}
