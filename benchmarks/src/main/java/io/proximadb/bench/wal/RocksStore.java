package io.proximadb.bench.wal;

import java.io.IOException;
import java.nio.file.Path;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * RocksDB as a durable log: each put is synced, its log is allocated ahead and not compressed, as
 * by default, and its memtable has room for everything, so that nothing is flushed. The key is a
 * record's id, the value the bytes that ProximaDB's log has for the record.
 */
final class RocksStore implements DurableStore {
  private static final String ENTRIES = "rocksdb.num-entries-active-mem-table";
  private static final String IMMUTABLE = "rocksdb.num-immutable-mem-table";
  private static final String FILES_0 = "rocksdb.num-files-at-level0";

  static {
    RocksDB.loadLibrary();
  }

  private final RecordPool records;
  private final Options options;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions unsynced = new WriteOptions().setSync(false);
  private final RocksDB db;

  /**
   * Settings other than the defaults.
   *
   * @param memtableBytes of which the log is allocated ahead as well, and a tenth more
   * @param pipelined whether the log of one group is written while the one before goes into the
   *     memtable
   */
  record Settings(long memtableBytes, boolean pipelined) {}

  private RocksStore(Path folder, Settings settings, RecordPool records) throws IOException {
    this.records = records;
    this.options =
        new Options()
            .setCreateIfMissing(true)
            .setWriteBufferSize(settings.memtableBytes())
            .setEnablePipelinedWrite(settings.pipelined())
            .setAllowFAllocate(true)
            .setAvoidFlushDuringShutdown(true)
            .setAvoidFlushDuringRecovery(true);
    try {
      this.db = RocksDB.open(options, folder.toString());
    } catch (RocksDBException e) {
      options.close();
      throw new IOException("Cannot open RocksDB in " + folder, e);
    }
  }

  /** Opens a database, replaying its log if it has one. */
  static RocksStore open(Path folder, Settings settings, RecordPool records) throws IOException {
    return new RocksStore(folder, settings, records);
  }

  /** Its name and version, as the peer of figures. */
  static String peer() {
    return "RocksDB " + RocksDB.rocksdbVersion();
  }

  @Override
  public void put(int record) throws IOException {
    put(record, synced);
  }

  /** Writes a record without waiting for the disk. */
  void append(int record) throws IOException {
    put(record, unsynced);
  }

  private void put(int record, WriteOptions how) throws IOException {
    try {
      db.put(how, records.key(record), records.encoded(record));
    } catch (RocksDBException e) {
      throw new IOException("Cannot write to RocksDB", e);
    }
  }

  /** Syncs what was appended. */
  void sync() throws IOException {
    try {
      db.syncWal();
    } catch (RocksDBException e) {
      throw new IOException("Cannot sync RocksDB's log", e);
    }
  }

  /** Records in the memtable. */
  long entries() throws IOException {
    return property(ENTRIES);
  }

  private long property(String name) throws IOException {
    try {
      return db.getLongProperty(name);
    } catch (RocksDBException e) {
      throw new IOException("Cannot read RocksDB's property " + name, e);
    }
  }

  /**
   * Closes the database; its records stay in its log only.
   *
   * @throws IllegalStateException if the memtable was too small: a flush was measured too
   */
  @Override
  public void close() throws IOException {
    boolean flushed;
    try {
      String files = db.getProperty(FILES_0);
      flushed = property(IMMUTABLE) > 0 || !"0".equals(files);
    } catch (RocksDBException e) {
      throw new IOException("Cannot read RocksDB's property " + FILES_0, e);
    } finally {
      db.close();
      synced.close();
      unsynced.close();
      options.close();
    }
    if (flushed) {
      throw new IllegalStateException(
          "Cannot compare logs: RocksDB flushed its memtable, which is more work");
    }
  }
}
