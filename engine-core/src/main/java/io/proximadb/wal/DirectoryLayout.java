package io.proximadb.wal;

/** What several directories of a log are for. */
public enum DirectoryLayout {
  /** Each frame is in one of them: they write side by side. */
  STRIPE,

  /** Each frame is in all of them: losing all but one loses nothing. */
  MIRROR
}
