package io.proximadb.query;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Timestamps;
import io.proximadb.storage.TableContext;
import java.util.OptionalLong;
import org.apache.iceberg.HistoryEntry;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a table to read: the one that was the newest when it was asked for, with the schema
 * of that moment, or one of the past with the schema of then. Of the past, rows are those that were
 * live at the snapshot's time.
 */
public final class ReadPoint {
  private final CollectionTable table;
  private final @Nullable Snapshot snapshot;
  private final boolean past;
  private final TableContext context;

  private ReadPoint(
      CollectionTable table, @Nullable Snapshot snapshot, boolean past, TableContext context) {
    this.table = table;
    this.snapshot = snapshot;
    this.past = past;
    this.context = context;
  }

  /** The newest snapshot that a table knows of now. */
  public static ReadPoint current(CollectionTable table) {
    return new ReadPoint(table, table.table().currentSnapshot(), false, table.context());
  }

  private static ReadPoint past(CollectionTable table, Snapshot snapshot) {
    return new ReadPoint(table, snapshot, true, table.contextAt(snapshot.snapshotId()));
  }

  /**
   * A version by its name.
   *
   * @param version an Iceberg tag, the id of a snapshot, or a commit's number, by which the commits
   *     of a table are counted from 1
   * @throws NotFoundException if there is none, or it has expired
   */
  public static ReadPoint version(CollectionTable table, String version) {
    SnapshotRef tag = table.table().refs().get(version);
    Long number = tag != null ? Long.valueOf(tag.snapshotId()) : parse(version);
    Snapshot snapshot = number == null ? null : find(table.table(), number);
    if (snapshot == null) {
      throw notFound(table, "at version '" + version + "'");
    }
    return past(table, snapshot);
  }

  /** Ids are random numbers of 63 bits, so that no commit's number is one. */
  private static @Nullable Snapshot find(Table table, long number) {
    Snapshot snapshot = table.snapshot(number);
    if (snapshot != null || number <= 0) {
      return snapshot;
    }
    for (Snapshot other : table.snapshots()) {
      if (other.sequenceNumber() == number) {
        return other;
      }
    }
    return null;
  }

  private static @Nullable Long parse(String version) {
    try {
      return Long.valueOf(version);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /**
   * What was current at a time, by the table's history, which knows of rollbacks.
   *
   * @param micros since 1970
   * @throws NotFoundException if that is before the oldest snapshot that is there
   */
  public static ReadPoint asOf(CollectionTable table, long micros) {
    Snapshot found = null;
    for (HistoryEntry entry : table.table().history()) {
      if (entry.timestampMillis() <= Math.floorDiv(micros, 1_000L)) {
        found = table.table().snapshot(entry.snapshotId());
      }
    }
    if (found == null) {
      throw notFound(table, "as of " + Timestamps.ofMicros(micros));
    }
    return past(table, found);
  }

  private static NotFoundException notFound(CollectionTable table, String asked) {
    int count = 0;
    Snapshot oldest = null;
    for (Snapshot snapshot : table.table().snapshots()) {
      count++;
      if (oldest == null || snapshot.timestampMillis() < oldest.timestampMillis()) {
        oldest = snapshot;
      }
    }
    return new NotFoundException(
        "Cannot read '"
            + table.name()
            + "' "
            + asked
            + ": there is no such snapshot, or it has expired ("
            + (oldest == null
                ? "nothing was committed yet"
                : "there are "
                    + count
                    + ", the oldest is "
                    + oldest.snapshotId()
                    + " of "
                    + Timestamps.ofMicros(oldest.timestampMillis() * 1_000)
                    + "; expected the id of one, its number, or a tag")
            + ")");
  }

  /** The table, whose properties are those of now. */
  public CollectionTable table() {
    return table;
  }

  /** True for a snapshot that was named, though it may be the newest. */
  public boolean isPast() {
    return past;
  }

  /** The snapshot; empty while nothing was committed. */
  public OptionalLong snapshotId() {
    return snapshot == null ? OptionalLong.empty() : OptionalLong.of(snapshot.snapshotId());
  }

  /** The table with the schema to read it with. */
  public TableContext context() {
    return context;
  }

  /** The schema to read it with. */
  public CollectionSchema schema() {
    return context.schema();
  }

  /**
   * When expiry is judged.
   *
   * @param nowMicros the time now, microseconds since 1970
   */
  public long readMicros(long nowMicros) {
    return past && snapshot != null ? snapshot.timestampMillis() * 1_000 : nowMicros;
  }
}
