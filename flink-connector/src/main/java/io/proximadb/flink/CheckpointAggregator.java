package io.proximadb.flink;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableSummary;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers what all writers did up to a barrier into one committable, so that a checkpoint is one
 * commit. Runs once, between the writers and the committer; a checkpoint without a change gives
 * nothing.
 *
 * <p>Keeps no state, and so needs no uid: barriers never overtake messages between the operators of
 * a sink, so whatever belongs to a checkpoint has been passed on when its barrier passes. Where the
 * attempt started from is told by the writers, as Flink tells only operators that have state.
 */
final class CheckpointAggregator
    extends AbstractStreamOperator<CommittableMessage<CheckpointCommittable>>
    implements OneInputStreamOperator<
            CommittableMessage<WriterResult>, CommittableMessage<CheckpointCommittable>>,
        BoundedOneInput {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointAggregator.class);

  private final Map<String, String> warehouseProperties;
  private final CollectionName collection;
  private final UUID tableUuid;
  private final @Nullable String givenSinkUid;

  private transient TreeMap<Integer, List<Batch>> batchesByWriter;
  private transient String sinkUid;
  private transient @Nullable String runId;
  private transient long lastCheckpointId;

  @SuppressWarnings("NullAway.Init") // the transient fields are set by initializeState
  CheckpointAggregator(
      Map<String, String> warehouseProperties,
      CollectionName collection,
      UUID tableUuid,
      @Nullable String givenSinkUid) {
    this.warehouseProperties = warehouseProperties;
    this.collection = collection;
    this.tableUuid = tableUuid;
    this.givenSinkUid = givenSinkUid;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    batchesByWriter = new TreeMap<>();
    sinkUid = givenSinkUid != null ? givenSinkUid : getRuntimeContext().getOperatorUniqueID();
  }

  private String chooseRun(long restored) {
    String jobId = getRuntimeContext().getJobInfo().getJobId().toString();
    try (Warehouse warehouse = Warehouse.open(warehouseProperties)) {
      CollectionTable table = warehouse.load(collection);
      String run = CommitPosition.chooseRun(table, jobId, sinkUid, restored);
      if (!run.equals(jobId)) {
        LOG.warn(
            "Job {} starts from checkpoint {}, but its id has committed checkpoint {} to {} before:"
                + " it is counted as a run of its own, {}",
            jobId,
            restored,
            CommitPosition.read(table, jobId, sinkUid).orElse(0),
            collection,
            run);
      }
      return run;
    }
  }

  @Override
  public void processElement(StreamRecord<CommittableMessage<WriterResult>> element) {
    if (element.getValue() instanceof CommittableWithLineage<WriterResult> message) {
      WriterResult result = message.getCommittable();
      if (runId == null) {
        runId = chooseRun(result.restoredCheckpointId());
      }
      batchesByWriter
          .computeIfAbsent(message.getSubtaskId(), writer -> new ArrayList<>())
          .addAll(result.batches());
      // At the end of the input a writer counts on from its last barrier or its start.
      lastCheckpointId = Math.max(lastCheckpointId, message.getCheckpointId() - 1);
    }
  }

  @Override
  public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
    super.prepareSnapshotPreBarrier(checkpointId);
    emit(checkpointId);
    lastCheckpointId = checkpointId;
  }

  /** What came after the last barrier is committed with the next checkpoint, or at the end. */
  @Override
  public void endInput() {
    emit(lastCheckpointId + 1);
  }

  private void emit(long checkpointId) {
    if (runId == null || batchesByWriter.isEmpty()) {
      return;
    }
    CheckpointCommittable committable =
        new CheckpointCommittable(
            tableUuid,
            runId,
            sinkUid,
            checkpointId,
            Batch.zip(List.copyOf(batchesByWriter.values())));
    batchesByWriter.clear();
    output.collect(new StreamRecord<>(new CommittableSummary<>(0, 1, checkpointId, 1, 0)));
    output.collect(new StreamRecord<>(new CommittableWithLineage<>(committable, checkpointId, 0)));
  }
}
