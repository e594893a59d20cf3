package io.proximadb.spark.changes;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.maintenance.ReaderPins;
import io.proximadb.query.ChangeTask;
import java.util.List;
import java.util.function.Supplier;
import org.apache.iceberg.Snapshot;
import org.jspecify.annotations.Nullable;

/** Keeps the snapshots that changes are read from. */
final class ChangePins {
  private ChangePins() {}

  /** A token that keeps the snapshots of tasks, and those before them, while it is reachable. */
  static Object hold(
      CollectionTable table, Supplier<CollectionTable> loader, List<ChangeTask> tasks) {
    Object token = new Object();
    tasks.stream()
        .map(task -> task.commit().snapshotId())
        .distinct()
        .forEach(
            id -> {
              hold(table, loader, id, token);
              Snapshot snapshot = table.table().snapshot(id);
              Long parent = snapshot == null ? null : snapshot.parentId();
              if (parent != null && table.table().snapshot(parent) != null) {
                hold(table, loader, parent, token);
              }
            });
    return token;
  }

  /** Lets go of what a token keeps. */
  static void release(@Nullable Object token) {
    if (token != null) {
      ReaderPins.shared().release(token);
    }
  }

  /** Keeps one snapshot as long as the token is reachable. */
  static void hold(
      CollectionTable table, Supplier<CollectionTable> loader, long snapshotId, Object token) {
    ReaderPins.shared().hold(table, snapshotId, loader, token);
  }
}
