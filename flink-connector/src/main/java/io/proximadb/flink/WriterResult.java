package io.proximadb.flink;

import java.util.List;

/**
 * What one writer did between two barriers.
 *
 * @param restoredCheckpointId the checkpoint that the writer's job attempt started from, or {@link
 *     #NOT_RESTORED}
 * @param batches in the order they were written; a later one replaces rows of an earlier one
 */
record WriterResult(long restoredCheckpointId, List<Batch> batches) {
  /** The attempt started from nothing; lower than every checkpoint's id. */
  static final long NOT_RESTORED = -1;

  WriterResult {
    batches = List.copyOf(batches);
  }
}
