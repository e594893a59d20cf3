package io.proximadb.quickstart.flink;

import io.proximadb.catalog.Warehouse;
import io.proximadb.flink.ProximaSink;
import io.proximadb.model.CollectionName;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;

/**
 * Streams changes of glosses into the collection, as a job with checkpoints.
 *
 * <p>Arguments: the warehouse folder, the namespace and collection, the changes, a JSON object a
 * line, and their number.
 */
public final class StreamChanges {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofMillis(250);

  /** A file would come in one go; a stream comes bit by bit, and so shows several checkpoints. */
  private static final int CHANGES_PER_CHECKPOINT = 40;

  private static final long LOOK_EVERY_MS = 100;

  private StreamChanges() {}

  public static void main(String[] arguments) throws Exception {
    Messages messages = new Messages(System.out);
    String warehouse = arguments[0];
    CollectionName collection = CollectionName.parse(arguments[1]);
    long count = Long.parseLong(arguments[3]);

    messages.phase("starting Flink");
    DataGeneratorSource<RowData> changes =
        new DataGeneratorSource<>(
            new ChangeReader(arguments[2]),
            count,
            RateLimiterStrategy.perCheckpoint(CHANGES_PER_CHECKPOINT),
            InternalTypeInfo.of(ChangeReader.ROW_TYPE));
    ProximaSink sink =
        ProximaSink.builder()
            .warehouse(warehouse)
            .collection(collection.toString())
            .rowType(ChangeReader.ROW_TYPE)
            .build();

    StreamExecutionEnvironment flink = StreamExecutionEnvironment.getExecutionEnvironment();
    flink.setParallelism(1);
    flink.enableCheckpointing(CHECKPOINT_INTERVAL.toMillis());
    flink
        .fromSource(changes, WatermarkStrategy.noWatermarks(), "changes")
        .uid("changes")
        .sinkTo(sink)
        .uid("glosses");

    try (Warehouse opened = Warehouse.open(Map.of(Warehouse.WAREHOUSE, warehouse))) {
      CommitWatch commits = new CommitWatch(opened.load(collection).table(), messages);
      JobClient job = flink.executeAsync("ProximaDB quickstart");
      messages.phase("streaming");
      JobExecutionResult result = await(job, commits::look);
      commits.look();
      messages.result(Map.of("commits", commits.count(), "millis", result.getNetRuntime()));
    }
  }

  private static JobExecutionResult await(JobClient job, Runnable meanwhile)
      throws ExecutionException, InterruptedException {
    while (true) {
      try {
        return job.getJobExecutionResult().get(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        meanwhile.run();
      }
    }
  }
}
