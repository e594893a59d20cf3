package io.proximadb.wal;

/** How the frames of a log are compressed. */
public enum Compression {
  NONE,
  LZ4,
  SNAPPY,
  ZSTD,

  /** What the measured ratios, times and speed of the disk make the fastest, again and again. */
  ADAPTIVE
}
