package io.proximadb.wal;

/** When a write is acknowledged. */
public enum SyncPolicy {
  /** When the disk has it: an acknowledged write survives a power cut. */
  ALWAYS,

  /**
   * When the operating system has it; the disk gets it within {@link WalOptions#syncInterval()}. It
   * survives the death of the process; a power cut loses at most the interval.
   */
  INTERVAL,

  /**
   * When the operating system has it; the disk gets it when the system sees fit, when a segment is
   * full and on close.
   */
  OS
}
