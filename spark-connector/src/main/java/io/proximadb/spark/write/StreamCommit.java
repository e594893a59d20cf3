package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.connector.write.streaming.StreamingDataWriterFactory;
import org.apache.spark.sql.connector.write.streaming.StreamingWrite;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The driver's side of a streaming query: an epoch is one commit of rows, which also notes the
 * epoch. One that was noted and comes again, after a restart, is left out: its rows take effect
 * exactly once.
 */
final class StreamCommit implements StreamingWrite {
  /** Snapshot summary key that says the epoch of the query. */
  static final String EPOCH = "proximadb.spark.epoch";

  private static final Logger LOG = LoggerFactory.getLogger(StreamCommit.class);

  private final CollectionTable table;
  private final JobCommit job;
  private final String queryId;
  private final Clock clock;

  StreamCommit(CollectionTable table, JobCommit job, String queryId, Clock clock) {
    this.table = table;
    this.job = job;
    this.queryId = queryId;
    this.clock = clock;
  }

  @Override
  public StreamingDataWriterFactory createStreamingWriterFactory(PhysicalWriteInfo info) {
    return job.createBatchWriterFactory(info);
  }

  @Override
  public void commit(long epoch, WriterCommitMessage[] messages) {
    StreamProgress progress = new StreamProgress(table, queryId);
    if (progress.has(epoch)) {
      leaveOut(epoch, messages);
      return;
    }
    try {
      job.commit(
          messages,
          commit -> {
            progress.record(commit, epoch, clock.nowMicros());
            commit.summary(EPOCH, Long.toString(epoch));
          });
    } catch (ConflictException e) {
      // Another run of the query may have been faster, which stands for this one.
      if (!progress.has(epoch)) {
        throw e;
      }
      leaveOut(epoch, messages);
    }
  }

  private void leaveOut(long epoch, WriterCommitMessage[] messages) {
    LOG.info("Epoch {} of query {} is in {} already", epoch, queryId, table.name());
    StagedRows.discard(table, messages);
  }

  @Override
  public void abort(long epoch, WriterCommitMessage[] messages) {
    job.abort(messages);
  }
}
