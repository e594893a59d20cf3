package io.proximadb.spark.changes;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.query.SnapshotChanges;
import java.util.List;
import org.apache.iceberg.Snapshot;
import org.apache.spark.sql.connector.catalog.ChangelogRange;
import org.jspecify.annotations.Nullable;

/** The commits of a range that Spark gives in versions or times. */
final class ChangeRange {
  private ChangeRange() {}

  /** The commits, oldest first. */
  static List<Snapshot> commits(
      CollectionTable table, SnapshotChanges changes, ChangelogRange range) {
    Snapshot current = table.table().currentSnapshot();
    if (current == null) {
      return List.of();
    }
    if (range instanceof ChangelogRange.TimestampRange times) {
      Snapshot last =
          times.endingTimestamp().isEmpty()
              ? current
              : changes.newestAt(
                  times.endingTimestamp().get() - (times.endingBoundInclusive() ? 0 : 1));
      return last == null ? List.of() : changes.commits(after(changes, range), last.snapshotId());
    }
    Snapshot last = current;
    boolean inclusive = true;
    if (range instanceof ChangelogRange.VersionRange versions
        && versions.endingVersion().isPresent()) {
      last = changes.version(versions.endingVersion().get());
      inclusive = versions.endingBoundInclusive();
    }
    List<Snapshot> commits = changes.commits(after(changes, range), last.snapshotId());
    return inclusive || commits.isEmpty() ? commits : commits.subList(0, commits.size() - 1);
  }

  /** The snapshot after which the range begins; null if it begins with the first commit. */
  static @Nullable Long after(SnapshotChanges changes, ChangelogRange range) {
    if (range instanceof ChangelogRange.VersionRange versions) {
      Snapshot first = changes.version(versions.startingVersion());
      return versions.startingBoundInclusive()
          ? first.parentId()
          : Long.valueOf(first.snapshotId());
    }
    if (range instanceof ChangelogRange.TimestampRange times) {
      Snapshot before =
          changes.newestAt(times.startingTimestamp() - (times.startingBoundInclusive() ? 1 : 0));
      return before == null ? null : before.snapshotId();
    }
    return null;
  }
}
