package io.proximadb.flink;

import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.table.data.RowData;

/**
 * Passes rows on, counts the barriers that end a stretch with rows in it, and fails where it was
 * told to, each time once. Its task and the test share memory, as they share a JVM.
 */
final class Probe extends RichMapFunction<RowData, RowData>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1;
  private static final Map<String, Probe.Log> LOGS = new ConcurrentHashMap<>();

  /** What happened over all attempts, and where failures are still to come. */
  static final class Log {
    final AtomicLong rows = new AtomicLong();
    final AtomicInteger completions = new AtomicInteger();

    /** Stretches with rows between checkpoints that completed, and between any barriers. */
    final AtomicInteger stretches = new AtomicInteger();

    final AtomicInteger barrierStretches = new AtomicInteger();
    final Set<Long> failAtRows = ConcurrentHashMap.newKeySet();
    final Set<Integer> failAtCompletions = ConcurrentHashMap.newKeySet();
  }

  private final String name;
  private transient long rowsSinceBarrier;
  private transient NavigableMap<Long, Long> rowsBeforeBarriers;

  Probe(String name) {
    this.name = name;
  }

  /** The log of probes of that name. */
  static Log log(String name) {
    return LOGS.computeIfAbsent(name, key -> new Log());
  }

  @Override
  public RowData map(RowData row) {
    rowsSinceBarrier++;
    long count = log(name).rows.incrementAndGet();
    if (log(name).failAtRows.remove(count)) {
      throw new IllegalStateException("Injected failure at row " + count);
    }
    return row;
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) {
    rowsBeforeBarriers.put(context.getCheckpointId(), rowsSinceBarrier);
    endBarrierStretch();
  }

  private void endBarrierStretch() {
    if (rowsSinceBarrier > 0) {
      log(name).barrierStretches.incrementAndGet();
    }
    rowsSinceBarrier = 0;
  }

  /**
   * Rows before the barriers of checkpoints that were given up, as Flink does while tasks start,
   * are in the next one that completes.
   */
  private void endStretch(long rows) {
    if (rows > 0) {
      log(name).stretches.incrementAndGet();
    }
  }

  private static long sum(Map<Long, Long> rows) {
    return rows.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void initializeState(FunctionInitializationContext context) {
    // Nothing is kept: a new attempt starts a new stretch.
    rowsBeforeBarriers = new TreeMap<>();
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {
    NavigableMap<Long, Long> complete = rowsBeforeBarriers.headMap(checkpointId, true);
    endStretch(sum(complete));
    complete.clear();
    int count = log(name).completions.incrementAndGet();
    if (log(name).failAtCompletions.remove(count)) {
      throw new IllegalStateException("Injected failure after checkpoint " + checkpointId);
    }
  }

  @Override
  public void close() {
    if (rowsBeforeBarriers != null) {
      endStretch(sum(rowsBeforeBarriers) + rowsSinceBarrier);
      endBarrierStretch();
    }
  }
}
