package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Superseded;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import io.proximadb.filter.Filter;
import io.proximadb.query.SnapshotScan;
import java.util.Map;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriterFactory;
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
  private final OnExistingId onExisting;
  private final @Nullable Filter overwritten;
  private final long version;
  private boolean mayBeCommitted;

  /**
   * A job.
   *
   * @param overwritten rows that go, whether or not their ids are written; null for none
   */
  JobCommit(
      CollectionTable table,
      LogicalWriteInfo info,
      OnExistingId onExisting,
      @Nullable Filter overwritten,
      Clock clock) {
    this.table = table;
    this.info = info;
    this.onExisting = onExisting;
    this.overwritten = overwritten;
    this.version = clock.nowMicros();
    // Fails here, on the driver and before any task, when the columns do not fit.
    new RecordReader(table.schema(), info.schema());
  }

  @Override
  public DataWriterFactory createBatchWriterFactory(PhysicalWriteInfo physical) {
    return new RecordWriter.Factory(table.context(), info.schema(), version);
  }

  @Override
  public void commit(WriterCommitMessage[] messages) {
    try (StagedRows rows = StagedRows.open(table, messages)) {
      if (rows.segments().isEmpty() && overwritten == null) {
        return;
      }
      RowLevelCommit commit = RowLevelCommit.on(table);
      if (overwritten != null) {
        commit.delete(SnapshotScan.selector(table, overwritten, version));
      }
      if (onExisting == OnExistingId.REPLACE || overwritten != null) {
        commit.delete(Superseded.by(table, rows.ids()));
      }
      rows.segments().forEach(commit::add);
      if (onExisting != OnExistingId.REPLACE && overwritten == null) {
        ExistingIds existing = new ExistingIds(table, rows.ids(), version);
        if (onExisting == OnExistingId.IGNORE) {
          Map<String, RoaringBitmap> out = existing.leaveOut(rows);
          commit.delete(file -> out.getOrDefault(file.location(), new RoaringBitmap()));
        }
        commit.check(existing);
      }
      commit.summary(QUERY_ID, info.queryId());
      mayBeCommitted = true;
      commit.commit();
    } catch (ConflictException | NotFoundException e) {
      mayBeCommitted = false;
      throw e;
    }
  }

  /**
   * Deletes what the tasks staged. A commit that failed in a way that leaves its outcome open keeps
   * its files: if it passed after all, the table needs them.
   */
  @Override
  public void abort(WriterCommitMessage[] messages) {
    if (!mayBeCommitted) {
      StagedRows.discard(table, messages);
    }
  }
}
