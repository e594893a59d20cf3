package io.proximadb.wal;

/** When what is written to the local log is in its mirror on an object store. */
public enum MirrorMode {
  /** Before it is acknowledged: losing the local log loses nothing. */
  SYNC,

  /** As soon as the store keeps up; what waits is bounded in bytes, and a write waits above it. */
  ASYNC,

  /** Each {@link WalOptions#mirrorPeriod()}; losing the local log loses at most that. */
  PERIODIC
}
