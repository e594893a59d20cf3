package io.proximadb.bench.wal;

import io.proximadb.io.Disks;
import io.proximadb.wal.FileWal;
import io.proximadb.wal.WalOptions;
import io.proximadb.wal.WalRecord;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Consumer;

/** ProximaDB's log, through its public interface. */
final class ProximaLog implements DurableStore {
  private static final UUID ENGINE = UUID.fromString("3b1f6f0e-55c4-4d0e-9a6b-2f7d8c9e0a1b");

  private final FileWal wal;
  private final RecordPool records;

  private ProximaLog(FileWal wal, RecordPool records) {
    this.wal = wal;
    this.records = records;
  }

  /** A log in an empty folder. */
  static ProximaLog create(Path folder, WalOptions options, RecordPool records) {
    return new ProximaLog(open(folder, options, 1, record -> {}), records);
  }

  /** Opens a log of this class again. */
  static FileWal open(
      Path folder, WalOptions options, long incarnation, Consumer<WalRecord> replay) {
    return FileWal.open(Disks.standard(), folder, ENGINE, incarnation, options, replay);
  }

  @Override
  public void put(int record) {
    wal.awaitDurable(wal.append(records.unit(record)));
  }

  /** Writes a record without waiting for the disk. */
  void append(int record) {
    wal.append(records.unit(record));
  }

  @Override
  public void close() {
    wal.close();
  }
}
