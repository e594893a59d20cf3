package io.proximadb.quickstart.flink;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;

/** Watches a table from the outside and tells of every commit that was not there before. */
final class CommitWatch {
  /** Keys in the summary of a snapshot that the connector commits. */
  private static final String CHECKPOINT = "proximadb.flink.checkpoint-id";

  private static final String ROWS_DELETED = "proximadb.rows-deleted";

  private final Table table;
  private final Messages messages;
  private final Set<Long> seen = new HashSet<>();
  private int count;

  CommitWatch(Table table, Messages messages) {
    this.table = table;
    this.messages = messages;
    table.snapshots().forEach(snapshot -> seen.add(snapshot.snapshotId()));
  }

  /** Looks for new commits. */
  void look() {
    table.refresh();
    for (Snapshot snapshot : table.snapshots()) {
      if (seen.add(snapshot.snapshotId())) {
        count++;
        messages.commit(describe(snapshot));
      }
    }
  }

  /** How many commits it has told of. */
  int count() {
    return count;
  }

  private static Map<String, Object> describe(Snapshot snapshot) {
    Map<String, String> summary = snapshot.summary();
    Map<String, Object> commit = new LinkedHashMap<>();
    commit.put("checkpoint", summary.getOrDefault(CHECKPOINT, ""));
    commit.put("snapshot", snapshot.snapshotId());
    commit.put("added", count(summary, SnapshotSummary.ADDED_RECORDS_PROP));
    commit.put("deleted", count(summary, ROWS_DELETED));
    return commit;
  }

  private static long count(Map<String, String> summary, String key) {
    return Long.parseLong(summary.getOrDefault(key, "0"));
  }
}
