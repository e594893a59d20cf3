package io.proximadb.flink;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.storage.TableContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.table.data.RowData;

/** One writer and committers without Flink around them; state passes through its serializers. */
final class SinkHarness implements AutoCloseable {
  static final String RUN = "run";
  static final String SINK = "sink";

  private final Path warehouse;
  private final TableContext table;
  private final ProximaSinkWriter writer;

  SinkHarness(Path warehouse, long bufferBytes) {
    this.warehouse = warehouse;
    try (Warehouse open = Warehouse.open(Docs.properties(warehouse))) {
      CollectionTable loaded = open.load(Docs.NAME);
      this.table = loaded.context();
      this.writer =
          new ProximaSinkWriter(
              table,
              RowDataConverter.of(Docs.ROW_TYPE, loaded.schema()),
              bufferBytes,
              WriterResult.NOT_RESTORED,
              Clock.system(),
              new SimpleCounter());
    }
  }

  SinkHarness write(RowData... rows) {
    for (RowData row : rows) {
      writer.write(row, null);
    }
    return this;
  }

  /** Ends a checkpoint; what it would commit. */
  CheckpointCommittable barrier(long checkpointId) throws Exception {
    writer.flush(false);
    List<List<Batch>> batches = new ArrayList<>();
    WriterResultSerializer results = new WriterResultSerializer();
    for (WriterResult result : writer.prepareCommit()) {
      batches.add(results.deserialize(1, results.serialize(result)).batches());
    }
    return new CheckpointCommittable(
        table.tableUuid(), RUN, SINK, checkpointId, Batch.zip(batches));
  }

  /** Commits with a committer of its own, as after a restart. */
  List<Request> commit(CheckpointCommittable... committables) throws Exception {
    CheckpointCommittableSerializer serializer = new CheckpointCommittableSerializer();
    List<Request> requests = new ArrayList<>();
    for (CheckpointCommittable committable : committables) {
      requests.add(new Request(serializer.deserialize(1, serializer.serialize(committable))));
    }
    try (CheckpointCommitter committer =
        new CheckpointCommitter(Docs.properties(warehouse), Docs.NAME)) {
      committer.commit(new ArrayList<>(requests));
    }
    return requests;
  }

  @Override
  public void close() {
    writer.close();
  }

  /** A request that remembers what became of it. */
  static final class Request implements Committer.CommitRequest<CheckpointCommittable> {
    private final CheckpointCommittable committable;
    boolean alreadyCommitted;
    int retries;

    Request(CheckpointCommittable committable) {
      this.committable = committable;
    }

    @Override
    public CheckpointCommittable getCommittable() {
      return committable;
    }

    @Override
    public int getNumberOfRetries() {
      return retries;
    }

    @Override
    public void signalFailedWithKnownReason(Throwable reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void signalFailedWithUnknownReason(Throwable reason) {
      throw new AssertionError(reason);
    }

    @Override
    public void retryLater() {
      retries++;
    }

    @Override
    public void updateAndRetryLater(CheckpointCommittable changed) {
      throw new AssertionError("not expected");
    }

    @Override
    public void signalAlreadyCommitted() {
      alreadyCommitted = true;
    }
  }
}
