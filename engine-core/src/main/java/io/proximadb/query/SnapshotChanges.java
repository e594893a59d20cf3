package io.proximadb.query;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.Timestamps;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * What the commits of a table changed, commit by commit: the difference of the files and deletes of
 * two snapshots. Iceberg's own scan of changes refuses tables with deletes.
 *
 * <p>Commits that only move rows (compactions) change nothing. For use by one thread.
 */
public final class SnapshotChanges {
  private final CollectionTable table;

  /** The files of the snapshot that was looked at last: it is the parent of the next. */
  private long lastSnapshot = -1;

  private List<LiveFile> lastFiles = List.of();

  /** Changes of a table as it was refreshed last. */
  public SnapshotChanges(CollectionTable table) {
    this.table = table;
    long format = org.apache.iceberg.TableUtil.formatVersion(table.table());
    if (format < 2) {
      throw new InvalidArgumentException(
          "Cannot read the changes of '"
              + table.name()
              + "': its commits have no order (format-version="
              + format
              + ", expected 2 or newer)");
    }
  }

  /**
   * The commits after a snapshot up to another, oldest first.
   *
   * @param after whose own changes are not among them; null for all up to the first commit
   * @param last the newest
   * @throws NotFoundException if a snapshot of them, or the one before them, is not there any more
   * @throws InvalidArgumentException if the one did not come after the other
   */
  public List<Snapshot> commits(@Nullable Long after, long last) {
    Deque<Snapshot> commits = new ArrayDeque<>();
    Long id = last;
    while (id != null && !id.equals(after)) {
      Snapshot snapshot = table.table().snapshot(id);
      if (snapshot == null) {
        throw expired(id, after);
      }
      commits.addFirst(snapshot);
      id = snapshot.parentId();
    }
    if (id == null && after != null) {
      throw new InvalidArgumentException(
          "Cannot read the changes of '"
              + table.name()
              + "' from snapshot "
              + after
              + " to "
              + last
              + ": the one did not become the other");
    }
    return List.copyOf(commits);
  }

  private NotFoundException expired(long id, @Nullable Long after) {
    return new NotFoundException(
        "Cannot read the changes of '"
            + table.name()
            + "'"
            + (after == null ? "" : " after snapshot " + after)
            + ": snapshot "
            + id
            + " has expired (proximadb.snapshots.min-age-ms says how long snapshots stay at least;"
            + " read the table anew, and its changes from there)");
  }

  /**
   * What a commit changed, in an order that is always the same.
   *
   * @throws NotFoundException if the snapshot before it is not there any more
   */
  public List<ChangeTask> of(Snapshot commit) {
    Long parent = commit.parentId();
    if (DataOperations.REPLACE.equals(commit.operation())) {
      return List.of();
    }
    if (parent != null && table.table().snapshot(parent) == null) {
      throw expired(parent, null);
    }
    Map<String, LiveFile> before = byLocation(parent == null ? List.of() : files(parent));
    List<LiveFile> now = files(commit.snapshotId());
    ChangeTask.Commit of = commit(commit);
    List<ChangeTask> tasks = new ArrayList<>();
    for (LiveFile file : now) {
      LiveFile was = before.remove(file.location());
      if (was == null) {
        tasks.add(new ChangeTask(of, ChangeTask.Kind.INSERT, file, null, false));
      } else if (!was.sameDeletes(file)) {
        tasks.add(new ChangeTask(of, ChangeTask.Kind.DELETE, was, file, false));
        if (!CollectionTable.isOfProximaDb(commit)) {
          // A commit of another engine may take deletes back.
          tasks.add(new ChangeTask(of, ChangeTask.Kind.INSERT, file, was, false));
        }
      }
    }
    before
        .values()
        .forEach(was -> tasks.add(new ChangeTask(of, ChangeTask.Kind.DELETE, was, null, false)));
    tasks.sort(
        Comparator.comparing(ChangeTask::kind)
            .reversed()
            .thenComparing(task -> task.file().location()));
    return List.copyOf(tasks);
  }

  /**
   * All live rows of a snapshot, as if it had inserted them, in an order that is always the same.
   */
  public List<ChangeTask> all(Snapshot snapshot) {
    ChangeTask.Commit of = commit(snapshot);
    return files(snapshot.snapshotId()).stream()
        .sorted(Comparator.comparing(LiveFile::location))
        .map(file -> new ChangeTask(of, ChangeTask.Kind.INSERT, file, null, true))
        .toList();
  }

  /**
   * The same with the rows that had expired and were not swept yet, whose deletion a later commit
   * tells: what a changelog of everything begins with.
   */
  public List<ChangeTask> allCommitted(Snapshot snapshot) {
    return all(snapshot).stream()
        .map(task -> new ChangeTask(task.commit(), task.kind(), task.file(), null, false))
        .toList();
  }

  /** What is told of a snapshot's commit. */
  public static ChangeTask.Commit commit(Snapshot snapshot) {
    return new ChangeTask.Commit(
        snapshot.snapshotId(), snapshot.sequenceNumber(), snapshot.timestampMillis() * 1_000);
  }

  private List<LiveFile> files(long snapshotId) {
    if (snapshotId != lastSnapshot) {
      lastFiles = table.liveFiles(snapshotId);
      lastSnapshot = snapshotId;
    }
    return lastFiles;
  }

  private static Map<String, LiveFile> byLocation(List<LiveFile> files) {
    Map<String, LiveFile> found = new LinkedHashMap<>();
    files.forEach(file -> found.put(file.location(), file));
    return found;
  }

  /**
   * The snapshot of a version, see {@link ReadPoint#version}.
   *
   * @throws NotFoundException if there is none
   */
  public Snapshot version(String version) {
    long id = ReadPoint.version(table, version).snapshotId().orElseThrow();
    return table.table().snapshot(id);
  }

  /**
   * The newest commit at or before a time; null if there is none.
   *
   * @param micros since 1970
   * @throws NotFoundException if commits of then have expired
   */
  public @Nullable Snapshot newestAt(long micros) {
    Snapshot snapshot = table.table().currentSnapshot();
    while (snapshot != null && snapshot.timestampMillis() * 1_000 > micros) {
      Long parent = snapshot.parentId();
      if (parent == null) {
        return null;
      }
      Snapshot before = table.table().snapshot(parent);
      if (before == null) {
        throw new NotFoundException(
            "Cannot read the changes of '"
                + table.name()
                + "' since "
                + Timestamps.ofMicros(micros)
                + ": snapshot "
                + parent
                + " has expired, the oldest that is there is of "
                + Timestamps.ofMicros(snapshot.timestampMillis() * 1_000));
      }
      snapshot = before;
    }
    return snapshot;
  }
}
