package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Superseded;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/**
 * The driver's side of a write: one row-level commit replaces the rows of all ids that the tasks
 * wrote. Rows of other writers that land before this commit are replaced too, later ones win.
 */
final class JobCommit implements BatchWrite {
  /** Snapshot summary key that names the Spark query. */
  private static final String QUERY_ID = "proximadb.spark.query-id";

  private final CollectionTable table;
  private final LogicalWriteInfo info;
  private final long version;
  private boolean mayBeCommitted;

  JobCommit(CollectionTable table, LogicalWriteInfo info, Clock clock) {
    this.table = table;
    this.info = info;
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
    List<StagedSegment> segments = segments(messages);
    if (segments.isEmpty()) {
      return;
    }
    List<SegmentReader> readers = new ArrayList<>();
    try {
      for (StagedSegment segment : segments) {
        readers.add(openStaged(segment));
      }
      IdSet ids = IdSets.union(table.context(), readers.stream().map(SegmentReader::ids).toList());
      RowLevelCommit commit = RowLevelCommit.on(table).delete(Superseded.by(table, ids));
      segments.forEach(commit::add);
      commit.summary(QUERY_ID, info.queryId());
      mayBeCommitted = true;
      commit.commit();
    } catch (ConflictException | NotFoundException e) {
      mayBeCommitted = false;
      throw e;
    } finally {
      readers.forEach(SegmentReader::close);
    }
  }

  /** Reads a segment where it is now; the ids of a job need not fit the driver's memory. */
  private SegmentReader openStaged(StagedSegment segment) {
    DataFile staged =
        DataFiles.builder(table.table().spec())
            .copy(segment.dataFile())
            .withPath(segment.stagedLocation())
            .build();
    return Segments.open(table.context(), staged);
  }

  /**
   * Deletes what the tasks staged. A commit that failed in a way that leaves its outcome open keeps
   * its files: if it passed after all, the table needs them.
   */
  @Override
  public void abort(WriterCommitMessage[] messages) {
    if (!mayBeCommitted) {
      segments(messages).forEach(segment -> Staging.discard(table.context().io(), segment));
    }
  }

  /** Messages of tasks that did not finish are null in an abort. */
  private static List<StagedSegment> segments(WriterCommitMessage[] messages) {
    List<StagedSegment> segments = new ArrayList<>();
    for (WriterCommitMessage message : messages) {
      if (message instanceof TaskResult result) {
        segments.addAll(result.segments());
      }
    }
    return segments;
  }
}
