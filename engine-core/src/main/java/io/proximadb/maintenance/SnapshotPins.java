package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.SnapshotCommits;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ResourceExhaustedException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;

/**
 * Pins of snapshots that other processes respect: Iceberg tags with a maximum age. A pinned
 * snapshot keeps all its files until the pin is released or its time is over; the process that made
 * it may die without leaving anything for good.
 */
public final class SnapshotPins {
  /** Tags of that prefix are pins. */
  public static final String PREFIX = "proximadb-pin-";

  /** Longest time for which a pin is made or renewed: a job of a weekend. */
  public static final Duration MAX_TIME = Duration.ofDays(3);

  /** Most pins of a table: each is a line in every metadata file. */
  public static final int MAX_PINS = 1_000;

  private final CollectionTable table;
  private final Clock clock;

  /** Pins of a table, whose handle must not be used by other threads meanwhile. */
  public SnapshotPins(CollectionTable table, Clock clock) {
    this.table = table;
    this.clock = clock;
  }

  /**
   * Pins a snapshot.
   *
   * @param time from now on; above zero and at most {@link #MAX_TIME}
   * @return the tag's name, to renew and release the pin by
   * @throws NotFoundException if the snapshot has expired
   * @throws ResourceExhaustedException if there are {@link #MAX_PINS} pins
   */
  public String create(long snapshotId, Duration time) {
    check(time);
    table.refresh();
    long pins = table.table().refs().keySet().stream().filter(SnapshotPins::isPin).count();
    if (pins >= MAX_PINS) {
      throw new ResourceExhaustedException(
          "Cannot pin a snapshot of '"
              + table.name()
              + "': it has "
              + pins
              + " pins (expected fewer than "
              + MAX_PINS
              + "; release some, or run its maintenance, which drops those whose time is over)");
    }
    String name = PREFIX + UUID.randomUUID();
    SnapshotCommits.tag(table, name, snapshotId, age(snapshotId, time));
    return name;
  }

  /**
   * Lets a pin last for that time from now on.
   *
   * @throws NotFoundException if it is gone: its time was over
   */
  public void renew(String pin, Duration time) {
    check(time);
    checkName(pin);
    table.refresh();
    SnapshotRef found = table.table().refs().get(pin);
    if (found == null) {
      throw new NotFoundException(
          "Cannot renew pin " + pin + " of '" + table.name() + "': its time was over");
    }
    SnapshotCommits.tag(table, pin, found.snapshotId(), age(found.snapshotId(), time));
  }

  /** Ends a pin; one that is gone is fine. */
  public void release(String pin) {
    checkName(pin);
    SnapshotCommits.untag(table, List.of(pin));
  }

  /** Iceberg counts a tag's age from its snapshot's time, not from its own. */
  private long age(long snapshotId, Duration time) {
    Snapshot snapshot = table.table().snapshot(snapshotId);
    if (snapshot == null) {
      throw new NotFoundException(
          "Cannot pin snapshot " + snapshotId + " of '" + table.name() + "': it has expired");
    }
    long since = Math.max(0, clock.nowMicros() / 1_000 - snapshot.timestampMillis());
    return Math.max(1, Math.addExact(since, time.toMillis()));
  }

  private static void check(Duration time) {
    if (time.isZero() || time.isNegative() || time.compareTo(MAX_TIME) > 0) {
      throw new InvalidArgumentException(
          "Invalid time of a pin: " + time + " (expected above zero and at most " + MAX_TIME + ")");
    }
  }

  private static void checkName(String pin) {
    if (!isPin(pin)) {
      throw new InvalidArgumentException(
          "Invalid pin: '" + pin + "' (expected a tag that starts with " + PREFIX + ")");
    }
  }

  static boolean isPin(String reference) {
    return reference.startsWith(PREFIX);
  }

  /** The pins whose time is over. */
  static List<String> over(Table table, long nowMs) {
    return table.refs().entrySet().stream()
        .filter(entry -> isPin(entry.getKey()) && isOver(table, entry.getValue(), nowMs))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  private static boolean isOver(Table table, SnapshotRef reference, long nowMs) {
    Snapshot snapshot = table.snapshot(reference.snapshotId());
    Long maxAge = reference.maxRefAgeMs();
    return snapshot != null && maxAge != null && nowMs - snapshot.timestampMillis() > maxAge;
  }
}
