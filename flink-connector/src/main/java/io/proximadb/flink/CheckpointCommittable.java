package io.proximadb.flink;

import java.util.List;
import java.util.UUID;

/**
 * All that one checkpoint adds to a collection, over all writers: the content of one commit.
 *
 * @param tableUuid the table it was written for; a table of the same name made later is another one
 * @param runId the run that made it, see {@link CommitPosition}; kept when another job, started
 *     from a savepoint, commits it again
 * @param sinkUid names the sink within the job
 * @param checkpointId the checkpoint, growing within a run
 * @param batches in order
 */
record CheckpointCommittable(
    UUID tableUuid, String runId, String sinkUid, long checkpointId, List<Batch> batches) {
  CheckpointCommittable {
    batches = List.copyOf(batches);
  }

  /** Short, for logs: batches hold thousands of ids. */
  @Override
  public String toString() {
    return "checkpoint " + checkpointId + " of sink " + sinkUid + " in run " + runId;
  }
}
