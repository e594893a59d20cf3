package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.RowSelector;
import io.proximadb.env.Clock;
import io.proximadb.filter.Filter;
import io.proximadb.query.SnapshotScan;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The driver's side of a write: one row-level commit replaces the rows of all ids that the tasks
 * wrote. Rows of other writers that land before this commit are replaced too, later ones win.
 */
final class JobCommit implements BatchWrite {
  /** Snapshot summary key that names the Spark query. */
  static final String QUERY_ID = "proximadb.spark.query-id";

  private final CollectionTable table;
  private final LogicalWriteInfo info;
  private final WriteOptions options;
  private final @Nullable Filter overwritten;
  private final long version;
  private final CommitAttempt attempt = new CommitAttempt();

  /**
   * A job.
   *
   * @param overwritten rows that go, whether or not their ids are written; null for none
   */
  JobCommit(
      CollectionTable table,
      LogicalWriteInfo info,
      WriteOptions options,
      @Nullable Filter overwritten,
      Clock clock) {
    this.table = table;
    this.info = info;
    this.options = options;
    this.overwritten = overwritten;
    this.version = clock.nowMicros();
    // Fails here, on the driver and before any task, when the columns do not fit.
    new RecordReader(table.schema(), info.schema());
    options.checkVersionColumn(info.schema());
  }

  @Override
  public RecordWriter.Factory createBatchWriterFactory(PhysicalWriteInfo physical) {
    return new RecordWriter.Factory(
        table.context(), info.schema(), options.versionColumn(), version);
  }

  @Override
  public void commit(WriterCommitMessage[] messages) {
    commit(messages, commit -> {});
  }

  /**
   * Makes the commit; there is none if there is nothing to add and nothing to overwrite.
   *
   * @param besides adds to it
   */
  void commit(WriterCommitMessage[] messages, Consumer<RowLevelCommit> besides) {
    try (StagedRows rows = StagedRows.open(table, messages)) {
      if (rows.segments().isEmpty() && overwritten == null) {
        return;
      }
      rows.checkDistinct();
      RowLevelCommit commit = RowLevelCommit.on(table);
      RowSelector goes =
          overwritten == null ? null : SnapshotScan.selector(table, overwritten, version);
      if (goes != null) {
        commit.delete(goes);
      }
      if (options.onExisting() == OnExistingId.REPLACE) {
        commit.delete(SupersededRows.by(table, rows));
      }
      rows.segments().forEach(commit::add);
      if (options.onExisting() != OnExistingId.REPLACE) {
        ExistingIds existing = new ExistingIds(table, rows, version, goes);
        if (options.onExisting() == OnExistingId.IGNORE) {
          Map<String, RoaringBitmap> out = existing.leaveOut();
          commit.delete(file -> out.getOrDefault(file.location(), new RoaringBitmap()));
        }
        commit.check(existing);
      }
      commit.summary(QUERY_ID, info.queryId());
      besides.accept(commit);
      attempt.make(commit);
    }
  }

  /**
   * Deletes what the tasks staged. A commit that failed in a way that leaves its outcome open keeps
   * its files: if it passed after all, the table needs them.
   */
  @Override
  public void abort(WriterCommitMessage[] messages) {
    attempt.discard(table, messages);
  }
}
