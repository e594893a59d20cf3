package io.proximadb.spark.changes;

import io.proximadb.query.ChangeTask;
import io.proximadb.spark.read.ReadOptions;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.connector.read.streaming.CompositeReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReadMaxFiles;
import org.apache.spark.sql.connector.read.streaming.ReadMaxRows;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** What a batch of a stream may still take. The first thing it takes always fits. */
final class BatchBudget {
  /** One task each: what a driver plans in well under a second. */
  private static final int DEFAULT_FILES = 1_000;

  private long files = Long.MAX_VALUE;
  private long rows = Long.MAX_VALUE;
  private boolean isEmpty = true;

  /** What a limit allows. */
  BatchBudget(ReadLimit limit) {
    apply(limit);
  }

  private void apply(ReadLimit limit) {
    if (limit instanceof ReadMaxFiles most) {
      files = Math.min(files, most.maxFiles());
    } else if (limit instanceof ReadMaxRows most) {
      rows = Math.min(rows, most.maxRows());
    } else if (limit instanceof CompositeReadLimit all) {
      for (ReadLimit one : all.getReadLimits()) {
        apply(one);
      }
    }
  }

  /** The limit that the options of a stream set. */
  static ReadLimit limit(CaseInsensitiveStringMap options) {
    Long maxFiles = ReadOptions.limit(options, ReadOptions.MAX_FILES);
    Long maxRows = ReadOptions.limit(options, ReadOptions.MAX_ROWS);
    List<ReadLimit> limits = new ArrayList<>();
    limits.add(
        ReadLimit.maxFiles(
            maxFiles == null ? DEFAULT_FILES : (int) Math.min(maxFiles, Integer.MAX_VALUE)));
    if (maxRows != null) {
      limits.add(ReadLimit.maxRows(maxRows));
    }
    return ReadLimit.compositeLimit(limits.toArray(ReadLimit[]::new));
  }

  /** Takes all of these, or nothing if they are too many. */
  boolean take(List<ChangeTask> tasks) {
    long moreRows = tasks.stream().mapToLong(ChangeTask::rowsAtMost).sum();
    if (!isEmpty && (tasks.size() > files || moreRows > rows)) {
      return false;
    }
    isEmpty &= tasks.isEmpty();
    files -= tasks.size();
    rows -= moreRows;
    return true;
  }
}
