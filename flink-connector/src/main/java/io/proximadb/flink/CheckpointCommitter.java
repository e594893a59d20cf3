package io.proximadb.flink;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Superseded;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.storage.IdSets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.flink.api.connector.sink2.Committer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits checkpoints, each exactly once: a checkpoint at or before the sink's {@link
 * CommitPosition} has been committed already and is left alone.
 *
 * <p>Losing a race, or a catalog that does not answer, is tried again as often as Flink's {@code
 * sink.committer.retries} says; then, and on every other error, the job fails with the checkpoint
 * kept in its state.
 */
final class CheckpointCommitter implements Committer<CheckpointCommittable> {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointCommitter.class);

  /** Snapshot summary keys that tell where a snapshot came from. */
  static final String RUN_SUMMARY = "proximadb.flink.run-id";

  static final String SINK_SUMMARY = "proximadb.flink.sink-uid";
  static final String CHECKPOINT_SUMMARY = "proximadb.flink.checkpoint-id";

  private final Map<String, String> warehouseProperties;
  private final CollectionName collection;
  private @Nullable Warehouse warehouse;
  private @Nullable CollectionTable table;

  CheckpointCommitter(Map<String, String> warehouseProperties, CollectionName collection) {
    this.warehouseProperties = warehouseProperties;
    this.collection = collection;
  }

  @Override
  public void commit(Collection<CommitRequest<CheckpointCommittable>> requests) {
    List<CommitRequest<CheckpointCommittable>> inOrder =
        requests.stream()
            .sorted(Comparator.comparingLong(request -> request.getCommittable().checkpointId()))
            .toList();
    boolean waiting = false;
    for (CommitRequest<CheckpointCommittable> request : inOrder) {
      // A later checkpoint must not pass an earlier one: it would move the position past it.
      waiting = waiting || !tryCommit(request);
      if (waiting) {
        request.retryLater();
      }
    }
  }

  /** False if it may work later. */
  private boolean tryCommit(CommitRequest<CheckpointCommittable> request) {
    CheckpointCommittable committable = request.getCommittable();
    try {
      if (!commit(committable)) {
        LOG.info("Skipping {}: it is committed to {} already", committable, collection);
        request.signalAlreadyCommitted();
      }
      return true;
    } catch (ConflictException | UnavailableException | CommitStateUnknownException e) {
      LOG.warn(
          "Cannot commit {} to {} yet (retries={})",
          committable,
          collection,
          request.getNumberOfRetries(),
          e);
      return false;
    }
  }

  /** False if it was committed before. */
  private boolean commit(CheckpointCommittable committable) {
    CollectionTable current = currentTable();
    if (!current.context().tableUuid().equals(committable.tableUuid())) {
      throw new NotFoundException(
          "Cannot commit "
              + committable
              + " to '"
              + collection
              + "': the collection was dropped and created again (uuid="
              + current.context().tableUuid()
              + ", expected "
              + committable.tableUuid()
              + ")");
    }
    OptionalLong position =
        CommitPosition.read(current, committable.runId(), committable.sinkUid());
    if (position.isPresent() && committable.checkpointId() <= position.getAsLong()) {
      return false;
    }
    String key = CommitPosition.key(committable.runId(), committable.sinkUid());
    RowLevelCommit commit =
        RowLevelCommit.on(current)
            .requireProperty(key, position.isPresent() ? Long.toString(position.getAsLong()) : null)
            .setProperty(key, Long.toString(committable.checkpointId()))
            .summary(RUN_SUMMARY, committable.runId())
            .summary(SINK_SUMMARY, committable.sinkUid())
            .summary(CHECKPOINT_SUMMARY, Long.toString(committable.checkpointId()));
    for (Batch batch : committable.batches()) {
      commit.delete(Superseded.by(current, IdSets.of(current.context(), batch.ids())));
      batch.segments().forEach(commit::add);
    }
    RowLevelCommit.Result result = commit.commit();
    LOG.info(
        "Committed {} to {} (rows added={}, rows deleted={})",
        committable,
        collection,
        result.rowsAdded(),
        result.rowsDeleted());
    return true;
  }

  /** Opened with the first commit: only one of the committer's subtasks ever makes one. */
  private CollectionTable currentTable() {
    if (warehouse == null) {
      warehouse = Warehouse.open(warehouseProperties);
    }
    if (table == null) {
      table = warehouse.load(collection);
    } else {
      table.refresh();
    }
    return table;
  }

  @Override
  public void close() {
    if (warehouse != null) {
      warehouse.close();
    }
  }
}
