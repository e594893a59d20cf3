package io.proximadb.flink.table;

import io.proximadb.flink.ProximaSink;
import java.util.Optional;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;

/** A {@link ProximaSink} as the planner sees it. Immutable. */
final class ProximaTableSink implements DynamicTableSink {
  private final ProximaSink sink;
  private final String tableName;
  private final Optional<Integer> parallelism;

  ProximaTableSink(ProximaSink sink, String tableName, Optional<Integer> parallelism) {
    this.sink = sink;
    this.tableName = tableName;
    this.parallelism = parallelism;
  }

  /** Upserts, and deletions that need their key only. */
  @Override
  public ChangelogMode getChangelogMode(ChangelogMode requested) {
    return ChangelogMode.upsert();
  }

  @Override
  public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
    return parallelism
        .map(tasks -> SinkV2Provider.of(sink, tasks))
        .orElseGet(() -> SinkV2Provider.of(sink));
  }

  @Override
  public DynamicTableSink copy() {
    return new ProximaTableSink(sink, tableName, parallelism);
  }

  @Override
  public String asSummaryString() {
    return "ProximaDB(" + tableName + ")";
  }
}
