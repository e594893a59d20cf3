package io.proximadb.spark.changes;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.query.ChangeTask;
import io.proximadb.query.SnapshotChanges;
import io.proximadb.spark.read.ReadOptions;
import io.proximadb.spark.read.RowSizes;
import io.proximadb.spark.types.SparkColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.apache.iceberg.Snapshot;
import org.apache.spark.sql.connector.catalog.ChangelogRange;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.SupportsTriggerAvailableNow;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * A collection as a stream: first the rows of a snapshot, then what each commit inserts, once each;
 * a row that is replaced comes again in its new version. As a stream of changes also what commits
 * delete, and each commit whole in one batch.
 *
 * <p>Offsets are snapshots. Commits that have expired before the stream came to them are an error.
 */
public final class ChangeStream implements MicroBatchStream, SupportsTriggerAvailableNow {
  /** In place of a version: only what comes from now on. */
  private static final String LATEST = "latest";

  /** Where a stream begins if no checkpoint says so. */
  private interface Start {
    ChangeOffset of(CollectionTable table);
  }

  private final Supplier<CollectionTable> loader;
  private final CollectionTable table;
  private final SparkColumns sparkColumns;
  private final List<String> columns;
  private final boolean withDeletes;
  private final Start start;
  private final ReadLimit limit;
  private final StreamStart kept;
  private OptionalLong availableNow = OptionalLong.empty();
  private boolean hasEnd;

  /** Keeps the snapshot that the stream has come to. */
  private @Nullable Object pin;

  /** Keeps those of the batch that runs. */
  private @Nullable Object running;

  private ChangeStream(
      Supplier<CollectionTable> loader,
      SparkColumns sparkColumns,
      List<String> columns,
      boolean withDeletes,
      Start start,
      CaseInsensitiveStringMap options,
      String checkpointLocation) {
    this.loader = loader;
    this.table = loader.get();
    this.sparkColumns = sparkColumns;
    this.columns = columns;
    this.withDeletes = withDeletes;
    this.start = start;
    this.limit = BatchBudget.limit(options);
    this.kept = new StreamStart(checkpointLocation);
  }

  /** The rows of a table. */
  public static ChangeStream ofTable(
      Supplier<CollectionTable> loader,
      SparkColumns columns,
      CaseInsensitiveStringMap options,
      String checkpointLocation) {
    String after = options.get(ReadOptions.START_AFTER);
    Start start =
        table -> {
          if (after == null) {
            return whole(table);
          }
          return after.equalsIgnoreCase(LATEST)
              ? latest(table)
              : ChangeOffset.after(new SnapshotChanges(table).version(after).snapshotId());
        };
    return new ChangeStream(
        loader,
        columns,
        Arrays.asList(columns.readSchema().fieldNames()),
        false,
        start,
        options,
        checkpointLocation);
  }

  /** The changes of a table from the beginning of a range on. */
  static ChangeStream ofChanges(
      Supplier<CollectionTable> loader,
      SparkColumns sparkColumns,
      List<String> columns,
      ChangelogRange range,
      CaseInsensitiveStringMap options,
      String checkpointLocation) {
    boolean ends =
        (range instanceof ChangelogRange.VersionRange versions
                && versions.endingVersion().isPresent())
            || (range instanceof ChangelogRange.TimestampRange times
                && times.endingTimestamp().isPresent());
    if (ends) {
      throw new InvalidArgumentException(
          "Invalid range of a stream of changes: " + range + " (expected one without an end)");
    }
    boolean begins =
        range instanceof ChangelogRange.VersionRange
            || range instanceof ChangelogRange.TimestampRange;
    return new ChangeStream(
        loader,
        sparkColumns,
        columns,
        true,
        table ->
            begins
                ? ChangeOffset.after(ChangeRange.after(new SnapshotChanges(table), range))
                : whole(table),
        options,
        checkpointLocation);
  }

  private static ChangeOffset whole(CollectionTable table) {
    OptionalLong snapshot = table.snapshotId();
    return snapshot.isEmpty()
        ? ChangeOffset.after(null)
        : new ChangeOffset(snapshot.getAsLong(), 0, true);
  }

  private static ChangeOffset latest(CollectionTable table) {
    OptionalLong snapshot = table.snapshotId();
    return ChangeOffset.after(snapshot.isEmpty() ? null : Long.valueOf(snapshot.getAsLong()));
  }

  @Override
  public synchronized Offset initialOffset() {
    table.refresh();
    ChangeOffset first = kept.of(() -> start.of(table));
    keep(first);
    return first;
  }

  @Override
  public Offset deserializeOffset(String json) {
    return ChangeOffset.parse(json);
  }

  @Override
  public ReadLimit getDefaultReadLimit() {
    return limit;
  }

  @Override
  public synchronized void prepareForTriggerAvailableNow() {
    table.refresh();
    availableNow = table.snapshotId();
    hasEnd = true;
  }

  @Override
  public Offset latestOffset() {
    throw new UnsupportedOperationException("latestOffset(Offset, ReadLimit) is to be called");
  }

  @Override
  public synchronized Offset latestOffset(Offset from, ReadLimit most) {
    table.refresh();
    OptionalLong last = hasEnd ? availableNow : table.snapshotId();
    if (last.isEmpty()) {
      return from;
    }
    BatchBudget budget = new BatchBudget(most);
    return walk((ChangeOffset) from, last.getAsLong(), (tasks, to) -> budget.take(tasks));
  }

  @Override
  public synchronized Offset reportLatestOffset() {
    return latest(table);
  }

  /** Takes parts that belong together, and says whether it did. */
  private interface Taker {
    boolean take(List<ChangeTask> tasks, ChangeOffset to);
  }

  /** Goes on from an offset until parts are not taken; what it came to. */
  private ChangeOffset walk(ChangeOffset from, long last, Taker taker) {
    SnapshotChanges changes = new SnapshotChanges(table);
    ChangeOffset at = from;
    if (!at.isOver()) {
      at = walk(changes, snapshot(at.snapshot()), at, taker);
      if (!at.isOver()) {
        return at;
      }
    }
    Long after = at.snapshot() == ChangeOffset.NONE ? null : Long.valueOf(at.snapshot());
    for (Snapshot commit : changes.commits(after, last)) {
      ChangeOffset begun = new ChangeOffset(commit.snapshotId(), 0, false);
      ChangeOffset to = walk(changes, commit, begun, taker);
      if (to.equals(begun)) {
        return at;
      }
      at = to;
      if (!at.isOver()) {
        return at;
      }
    }
    return at;
  }

  /** Goes on within a snapshot; the same offset if nothing was taken. */
  private ChangeOffset walk(
      SnapshotChanges changes, Snapshot snapshot, ChangeOffset from, Taker taker) {
    List<ChangeTask> parts = parts(changes, snapshot, from.isWhole());
    ChangeOffset over = new ChangeOffset(from.snapshot(), ChangeOffset.ALL, from.isWhole());
    if (withDeletes && !from.isWhole()) {
      return taker.take(parts, over) ? over : from;
    }
    ChangeOffset at = from;
    for (int part = from.parts(); part < parts.size(); part++) {
      ChangeOffset to =
          part + 1 == parts.size()
              ? over
              : new ChangeOffset(from.snapshot(), part + 1, from.isWhole());
      if (!taker.take(parts.subList(part, part + 1), to)) {
        return at;
      }
      at = to;
    }
    return over;
  }

  private List<ChangeTask> parts(SnapshotChanges changes, Snapshot snapshot, boolean whole) {
    List<ChangeTask> parts = whole ? changes.all(snapshot) : changes.of(snapshot);
    return withDeletes
        ? parts
        : parts.stream().filter(part -> part.kind() == ChangeTask.Kind.INSERT).toList();
  }

  private Snapshot snapshot(long id) {
    Snapshot snapshot = table.table().snapshot(id);
    if (snapshot == null) {
      throw new NotFoundException(
          "Cannot go on with the stream of '"
              + table.name()
              + "': snapshot "
              + id
              + " has expired (start the stream anew with another checkpoint)");
    }
    return snapshot;
  }

  @Override
  public synchronized InputPartition[] planInputPartitions(Offset from, Offset to) {
    ChangeOffset end = (ChangeOffset) to;
    List<ChangeTask> tasks = new ArrayList<>();
    if (end.snapshot() != ChangeOffset.NONE && !end.equals(from)) {
      if (table.table().snapshot(end.snapshot()) == null) {
        table.refresh();
      }
      boolean[] reached = {false};
      walk(
          (ChangeOffset) from,
          end.snapshot(),
          (parts, at) -> {
            if (reached[0]) {
              return false;
            }
            tasks.addAll(parts);
            reached[0] = at.equals(end);
            return true;
          });
    }
    ChangePins.release(running);
    Object held = ChangePins.hold(table, loader, tasks);
    running = held;
    return tasks.stream()
        .map(task -> new ChangePartition(task, columns, held))
        .toArray(InputPartition[]::new);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return ChangeRows.factory(
        table.context(),
        RowSizes.bytes(
            sparkColumns, columns.stream().filter(name -> !ChangeColumns.isOwn(name)).toList()));
  }

  @Override
  public synchronized void commit(Offset end) {
    keep((ChangeOffset) end);
  }

  private void keep(ChangeOffset at) {
    Object token = new Object();
    Optional.ofNullable(table.table().snapshot(at.snapshot()))
        .ifPresent(snapshot -> ChangePins.hold(table, loader, snapshot.snapshotId(), token));
    // Pins are commits: a snapshot that nobody reads any more must not get one.
    ChangePins.release(pin);
    ChangePins.release(running);
    pin = token;
  }

  @Override
  public synchronized void stop() {
    ChangePins.release(pin);
    ChangePins.release(running);
    pin = null;
    running = null;
  }
}
