package io.proximadb.api;

import java.time.Instant;

/** Names a committed state of a collection. */
public sealed interface SnapshotRef {
  /**
   * The Iceberg snapshot of that id.
   *
   * @param snapshotId as {@link SnapshotInfo#id()} and {@link FlushResult#snapshotId()} give it
   */
  record Id(long snapshotId) implements SnapshotRef {}

  /**
   * The snapshot that was current at that time.
   *
   * @param time not before the oldest snapshot that is there
   */
  record AsOf(Instant time) implements SnapshotRef {}

  /** The Iceberg snapshot of that id. */
  static SnapshotRef id(long snapshotId) {
    return new Id(snapshotId);
  }

  /** The snapshot that was current at that time. */
  static SnapshotRef asOf(Instant time) {
    return new AsOf(time);
  }
}
