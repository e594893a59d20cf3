package io.proximadb.query;

import io.proximadb.mvcc.SegmentCache;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;

/**
 * The file of a {@link ScanTask}, open for a read without an engine. It may stay open in this
 * process for the next read of it, so that pages are verified once. For use by one thread; close
 * it.
 */
public final class ScanFile implements AutoCloseable {
  private final SegmentHandle handle;
  private boolean closed;

  private ScanFile(SegmentHandle handle) {
    this.handle = handle;
  }

  /**
   * Opens the file.
   *
   * @throws io.proximadb.error.CorruptFileException if it is damaged
   */
  public static ScanFile open(TableContext table, ScanTask task) {
    return new ScanFile(SegmentCache.shared().acquireForScan(table, task.file().dataFile()));
  }

  /** Valid until this is closed; not to be closed itself. */
  public SegmentReader reader() {
    return handle.reader();
  }

  /** Lets go of the file. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      handle.release();
    }
  }
}
