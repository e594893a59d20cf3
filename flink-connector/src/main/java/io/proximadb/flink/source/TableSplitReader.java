package io.proximadb.flink.source;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.flink.connector.base.source.reader.RecordsBySplits;
import org.apache.flink.connector.base.source.reader.RecordsWithSplitIds;
import org.apache.flink.connector.base.source.reader.splitreader.SplitReader;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsAddition;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsChange;

/**
 * Reads the splits of a task, in a thread of its own: files one after the other, changes of several
 * shares of the ids by turns.
 */
final class TableSplitReader implements SplitReader<ReadChange, ProximaSplit> {
  private record Open(ProximaSplit split, SplitRows rows) {}

  private final ReadPlan plan;
  private final Warehouse warehouse;
  private final CollectionTable table;
  private final Deque<ProximaSplit> waiting = new ArrayDeque<>();
  private final Deque<Open> open = new ArrayDeque<>();

  /** The files of the snapshot that is scanned. */
  private List<LiveFile> files = List.of();

  private long filesOf = ProximaSplit.Place.NONE;
  private long refreshedNanos;
  private final Object sleep = new Object();

  /** Guarded by {@link #sleep}. */
  private boolean woken;

  TableSplitReader(ReadPlan plan) {
    this.plan = plan;
    this.warehouse = Warehouse.open(plan.warehouseProperties());
    try {
      this.table = warehouse.load(plan.collection());
    } catch (RuntimeException e) {
      warehouse.close();
      throw e;
    }
    this.refreshedNanos = System.nanoTime();
  }

  @Override
  public void handleSplitsChanges(SplitsChange<ProximaSplit> change) {
    if (!(change instanceof SplitsAddition<ProximaSplit>)) {
      throw new UnsupportedOperationException("Unsupported change of splits: " + change);
    }
    waiting.addAll(change.splits());
  }

  @Override
  public RecordsWithSplitIds<ReadChange> fetch() {
    return plan.changes() ? fetchChanges() : fetchFile();
  }

  private RecordsWithSplitIds<ReadChange> fetchFile() {
    Open file = open.peek();
    if (file == null) {
      ProximaSplit split = waiting.poll();
      if (split == null) {
        return records(Map.of(), Set.of());
      }
      file = new Open(split, FileRows.open(plan, table, files(split), split));
      open.add(file);
    }
    List<ReadChange> rows = file.rows().next();
    if (!rows.isEmpty()) {
      return records(Map.of(file.split().splitId(), rows), Set.of());
    }
    open.remove(file);
    file.rows().close();
    return records(Map.of(), Set.of(file.split().splitId()));
  }

  private List<LiveFile> files(ProximaSplit split) {
    long snapshot = split.place().snapshotId();
    if (snapshot != filesOf) {
      files = table.liveFiles(snapshot);
      filesOf = snapshot;
    }
    return files;
  }

  private RecordsWithSplitIds<ReadChange> fetchChanges() {
    while (!waiting.isEmpty()) {
      ProximaSplit split = waiting.removeFirst();
      open.add(new Open(split, new FollowedChanges(plan, table, table.context(), split)));
    }
    for (int turn = 0; turn < open.size(); turn++) {
      Open next = open.removeFirst();
      open.addLast(next);
      List<ReadChange> changes = next.rows().next();
      if (!changes.isEmpty()) {
        return records(Map.of(next.split().splitId(), changes), Set.of());
      }
    }
    long left =
        TimeUnit.MILLISECONDS.toNanos(plan.pollMillis()) - (System.nanoTime() - refreshedNanos);
    if (left > 0) {
      sleep(left);
    } else {
      table.refresh();
      refreshedNanos = System.nanoTime();
    }
    return records(Map.of(), Set.of());
  }

  private static RecordsWithSplitIds<ReadChange> records(
      Map<String, ? extends Collection<ReadChange>> rows, Set<String> finished) {
    return new RecordsBySplits<>(Map.copyOf(rows), finished);
  }

  private void sleep(long nanos) {
    synchronized (sleep) {
      try {
        if (!woken) {
          TimeUnit.NANOSECONDS.timedWait(sleep, Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(1)));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      woken = false;
    }
  }

  @Override
  public void wakeUp() {
    synchronized (sleep) {
      woken = true;
      sleep.notifyAll();
    }
  }

  @Override
  public void close() {
    try (warehouse) {
      Open next = open.poll();
      while (next != null) {
        next.rows().close();
        next = open.poll();
      }
    }
  }
}
