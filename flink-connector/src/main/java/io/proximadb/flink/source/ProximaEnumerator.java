package io.proximadb.flink.source;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.maintenance.ReaderPins;
import io.proximadb.query.ChangedRows;
import io.proximadb.query.ReadPoint;
import io.proximadb.query.SnapshotChanges;
import io.proximadb.query.SnapshotScan;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.util.FlinkRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the splits of a read and hands them out: files to whoever asks, shares of the ids to all
 * tasks alike. Keeps the snapshot of a scan from expiry.
 */
final class ProximaEnumerator implements SplitEnumerator<ProximaSplit, SourceProgress> {
  private final SplitEnumeratorContext<ProximaSplit> context;
  private final ReadPlan plan;
  private final Warehouse warehouse;
  private final Deque<ProximaSplit> waiting = new ArrayDeque<>();

  /** Splits of tasks that failed, by the task that is to go on with them. */
  private final Map<Integer, List<ProximaSplit>> returned = new HashMap<>();

  /** Tasks that ask for a file. */
  private final Set<Integer> asking = new HashSet<>();

  /** Reachable as long as the scan may read its snapshot. */
  private final Object pin = new Object();

  private boolean planned;
  private long snapshotId = ProximaSplit.Place.NONE;

  ProximaEnumerator(
      SplitEnumeratorContext<ProximaSplit> context,
      ReadPlan plan,
      @Nullable SourceProgress restored) {
    this.context = context;
    this.plan = plan;
    this.warehouse = Warehouse.open(plan.warehouseProperties());
    if (restored != null) {
      planned = restored.planned();
      snapshotId = restored.snapshotId();
      waiting.addAll(restored.waiting());
    }
  }

  @Override
  public void start() {
    if (!planned) {
      context.callAsync(this::plan, this::take);
    } else if (!plan.changes() && snapshotId != ProximaSplit.Place.NONE) {
      hold(warehouse.load(plan.collection()));
    }
  }

  private void hold(CollectionTable table) {
    ReaderPins.shared().hold(table, snapshotId, () -> warehouse.load(plan.collection()), pin);
  }

  /** What is to be read, as the table is now. */
  private SourceProgress plan() {
    CollectionTable table = warehouse.load(plan.collection());
    return plan.changes() ? planChanges(table) : planScan(table);
  }

  private SourceProgress planScan(CollectionTable table) {
    ReadPoint point =
        plan.version() == null
            ? ReadPoint.current(table)
            : ReadPoint.version(table, plan.version());
    long readMicros = point.readMicros(Clock.system().nowMicros());
    long snapshot = point.snapshotId().orElse(ProximaSplit.Place.NONE);
    List<ProximaSplit> splits =
        SnapshotScan.of(point, readMicros, plan.filter(), plan.columns().stored()).tasks().stream()
            .map(task -> ProximaSplit.ofFile(snapshot, task.file().location(), readMicros))
            .toList();
    return new SourceProgress(true, snapshot, splits);
  }

  private SourceProgress planChanges(CollectionTable table) {
    long now = table.snapshotId().orElse(ProximaSplit.Place.NONE);
    String after = plan.version();
    ProximaSplit.Place start;
    if (after == null) {
      start =
          now == ProximaSplit.Place.NONE
              ? ProximaSplit.Place.after(now)
              : new ProximaSplit.Place(now, true, 0);
    } else if (after.equalsIgnoreCase(ReadPlan.LATEST)) {
      start = ProximaSplit.Place.after(now);
    } else {
      start = ProximaSplit.Place.after(new SnapshotChanges(table).version(after).snapshotId());
    }
    int parts = plan.parts() == 0 ? context.currentParallelism() : plan.parts();
    List<ProximaSplit> splits = new ArrayList<>(parts);
    for (int part = 0; part < parts; part++) {
      splits.add(ProximaSplit.ofChanges(new ChangedRows.Part(part, parts), start));
    }
    return new SourceProgress(true, ProximaSplit.Place.NONE, splits);
  }

  private void take(@Nullable SourceProgress made, @Nullable Throwable failure) {
    if (failure != null || made == null) {
      throw new FlinkRuntimeException("Cannot plan a read of '" + plan.collection() + "'", failure);
    }
    planned = true;
    snapshotId = made.snapshotId();
    waiting.addAll(made.waiting());
    if (plan.changes()) {
      context.registeredReaders().keySet().forEach(this::assignChanges);
      return;
    }
    if (snapshotId != ProximaSplit.Place.NONE) {
      hold(warehouse.load(plan.collection()));
    }
    Set.copyOf(asking).forEach(this::assignFile);
  }

  @Override
  public void handleSplitRequest(int task, @Nullable String host) {
    if (!plan.changes()) {
      asking.add(task);
      assignFile(task);
    }
  }

  private void assignFile(int task) {
    if (!planned || !context.registeredReaders().containsKey(task)) {
      return;
    }
    ProximaSplit split = waiting.poll();
    asking.remove(task);
    if (split == null) {
      context.signalNoMoreSplits(task);
    } else {
      context.assignSplit(split, task);
    }
  }

  @Override
  public void addReader(int task) {
    if (plan.changes() && planned) {
      assignChanges(task);
    }
  }

  /** A task without any is over, so that it does not hold watermarks back. */
  private void assignChanges(int task) {
    List<ProximaSplit> splits = new ArrayList<>(returned.getOrDefault(task, List.of()));
    returned.remove(task);
    for (ProximaSplit split : List.copyOf(waiting)) {
      if (split.part().index() % context.currentParallelism() == task) {
        waiting.remove(split);
        splits.add(split);
      }
    }
    splits.forEach(split -> context.assignSplit(split, task));
    context.signalNoMoreSplits(task);
  }

  @Override
  public void addSplitsBack(List<ProximaSplit> splits, int task) {
    if (plan.changes()) {
      returned.computeIfAbsent(task, key -> new ArrayList<>()).addAll(splits);
    } else {
      splits.forEach(waiting::addFirst);
    }
  }

  @Override
  public SourceProgress snapshotState(long checkpointId) {
    List<ProximaSplit> all = new ArrayList<>(waiting);
    returned.values().forEach(all::addAll);
    return new SourceProgress(planned, snapshotId, all);
  }

  @Override
  public void close() {
    ReaderPins.shared().release(pin);
    warehouse.close();
  }
}
