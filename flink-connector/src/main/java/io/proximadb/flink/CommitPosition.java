package io.proximadb.flink;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.CorruptFileException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * How far a sink has committed: the table property {@code proximadb.flink.<run>.<sink>} holds the
 * id of its last committed checkpoint and is set in the transaction that adds the rows.
 *
 * <p>A run is a Flink job as far as its checkpoint ids grow. That is the job id, except where a
 * cluster gives a job that starts over the same id again (application mode with high availability
 * does): started from nothing or from an older savepoint, such a job counts up from ids that are
 * committed already, and its checkpoints must not be taken for those. Then the run is the job id
 * with a suffix of its own.
 */
final class CommitPosition {
  static final String PREFIX = "proximadb.flink.";

  private CommitPosition() {}

  static String key(String runId, String sinkUid) {
    return PREFIX + runId + "." + sinkUid;
  }

  /** The last committed checkpoint of a run, if there is one. */
  static OptionalLong read(CollectionTable table, String runId, String sinkUid) {
    Map<String, String> properties = table.table().properties();
    String key = key(runId, sinkUid);
    String value = properties.get(key);
    if (value == null) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseLong(value));
    } catch (NumberFormatException e) {
      throw new CorruptFileException(
          "Invalid table property '" + key + "': '" + value + "' (expected a checkpoint id)", e);
    }
  }

  /**
   * The run that a job attempt belongs to.
   *
   * @param restoredCheckpointId the checkpoint that the attempt started from, or {@link
   *     WriterResult#NOT_RESTORED}
   */
  static String chooseRun(
      CollectionTable table, String jobId, String sinkUid, long restoredCheckpointId) {
    OptionalLong committed = read(table, jobId, sinkUid);
    // An attempt starts from the latest complete checkpoint, and none is committed before it is
    // complete: a position past the start was left by a run that this one does not continue.
    boolean continues = committed.isEmpty() || committed.getAsLong() <= restoredCheckpointId;
    return continues ? jobId : jobId + "-" + UUID.randomUUID();
  }
}
