package io.proximadb.flink.source;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.NotFoundException;
import io.proximadb.query.ChangeTask;
import io.proximadb.query.ChangedRows;
import io.proximadb.query.RowChange;
import io.proximadb.query.SnapshotChanges;
import io.proximadb.storage.TableContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import org.apache.flink.types.RowKind;
import org.apache.iceberg.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The changes of some ids, commit after commit: perhaps all rows of a snapshot first, and then what
 * each commit after it did.
 */
final class FollowedChanges implements SplitRows {
  private final ReadPlan plan;
  private final CollectionTable table;

  /** The schema that the job began with: its columns are those of the rows. */
  private final TableContext context;

  private final SnapshotChanges changes;
  private final ChangedRows.Part part;
  private final Deque<Snapshot> commits = new ArrayDeque<>();
  private ProximaSplit.Place place;
  private @Nullable ChangedRows rows;
  private ChangeTask.@Nullable Commit commit;

  FollowedChanges(ReadPlan plan, CollectionTable table, TableContext context, ProximaSplit split) {
    this.plan = plan;
    this.table = table;
    this.context = context;
    this.changes = new SnapshotChanges(table);
    this.part = split.part();
    this.place = split.place();
  }

  /** The table has to be as new as what is to be seen of it. */
  @Override
  public List<ReadChange> next() {
    ChangedRows open = rows;
    if (open == null) {
      open = begin();
      rows = open;
    }
    ChangeTask.Commit of = commit;
    if (open == null || of == null) {
      return List.of();
    }
    List<RowChange> some = open.next();
    List<ReadChange> given = new ArrayList<>(some.size() + 1);
    for (RowChange change : some) {
      place = new ProximaSplit.Place(place.snapshotId(), place.whole(), place.done() + 1);
      given.add(read(change, of));
    }
    if (some.isEmpty()) {
      open.close();
      rows = null;
      place = ProximaSplit.Place.after(place.snapshotId());
      given.add(new ReadChange(place, null, null));
    }
    return given;
  }

  private ReadChange read(RowChange change, ChangeTask.Commit of) {
    RowChange.Place before = change.before();
    RowChange.Place after = change.after();
    boolean isUpdate = before != null && after != null;
    return new ReadChange(
        place,
        before == null
            ? null
            : plan.columns()
                .row(
                    isUpdate ? RowKind.UPDATE_BEFORE : RowKind.DELETE,
                    before.batch(),
                    before.row(),
                    of),
        after == null
            ? null
            : plan.columns()
                .row(
                    isUpdate ? RowKind.UPDATE_AFTER : RowKind.INSERT,
                    after.batch(),
                    after.row(),
                    of));
  }

  /** Begins or goes on with a commit; null if there is none yet. */
  private @Nullable ChangedRows begin() {
    if (!place.isOver()) {
      Snapshot snapshot = snapshot(place.snapshotId());
      ChangedRows open = open(snapshot, place.whole());
      open.skip(place.done());
      return open;
    }
    if (commits.isEmpty()) {
      OptionalLong last = table.snapshotId();
      if (last.isEmpty() || last.getAsLong() == place.snapshotId()) {
        return null;
      }
      Long after =
          place.snapshotId() == ProximaSplit.Place.NONE ? null : Long.valueOf(place.snapshotId());
      commits.addAll(changes.commits(after, last.getAsLong()));
    }
    Snapshot next = commits.removeFirst();
    place = new ProximaSplit.Place(next.snapshotId(), false, 0);
    return open(next, false);
  }

  private ChangedRows open(Snapshot snapshot, boolean whole) {
    commit = SnapshotChanges.commit(snapshot);
    return new ChangedRows(
        context,
        whole ? changes.allCommitted(snapshot) : changes.of(snapshot),
        part,
        plan.filter(),
        plan.columns().stored(),
        plan.columns().batchRows(context.schema()));
  }

  private Snapshot snapshot(long id) {
    Snapshot snapshot = table.table().snapshot(id);
    if (snapshot == null) {
      throw new NotFoundException(
          "Cannot go on with the changes of '"
              + table.name()
              + "': snapshot "
              + id
              + " has expired (start the job without its state; proximadb.snapshots.min-age-ms"
              + " says how long snapshots stay at least)");
    }
    return snapshot;
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
    }
  }
}
