package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.RowSelector;
import io.proximadb.env.Clock;
import io.proximadb.error.ConflictException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.spark.sql.connector.write.DeltaBatchWrite;
import org.apache.spark.sql.connector.write.DeltaWriterFactory;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.RowLevelOperation.Command;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.roaringbitmap.RoaringBitmap;

/**
 * The driver's side of a {@code DELETE}, {@code UPDATE} or {@code MERGE}: one commit, which passes
 * only if no row that the statement changes was changed since it was read.
 */
final class DeltaCommit implements DeltaBatchWrite {
  private final CollectionTable table;
  private final LogicalWriteInfo info;
  private final Command command;
  private final OptionalLong readSnapshot;
  private final long version;
  private final CommitAttempt attempt = new CommitAttempt();

  DeltaCommit(CollectionTable table, LogicalWriteInfo info, Command command, Clock clock) {
    this.table = table;
    this.info = info;
    this.command = command;
    this.readSnapshot = table.snapshotId();
    this.version = clock.nowMicros();
    if (command != Command.DELETE) {
      // Fails here, on the driver and before any task, when the columns do not fit.
      new RecordReader(table.schema(), info.schema());
    }
  }

  @Override
  public DeltaWriterFactory createBatchWriterFactory(PhysicalWriteInfo physical) {
    return new DeltaRowWriter.Factory(
        table.context(),
        info.schema(),
        info.rowIdSchema().orElseThrow(),
        info.metadataSchema().orElse(null),
        version);
  }

  @Override
  public void commit(WriterCommitMessage[] messages) {
    Map<String, RoaringBitmap> deleted = StagedRows.deleted(messages);
    try (StagedRows rows = StagedRows.open(table, messages)) {
      if (rows.segments().isEmpty() && deleted.isEmpty()) {
        return;
      }
      rows.checkDistinct();
      Map<String, LiveFile> read = new HashMap<>();
      if (readSnapshot.isPresent()) {
        for (LiveFile file : table.liveFiles(readSnapshot.getAsLong())) {
          read.put(file.location(), file);
        }
      }
      RowLevelCommit commit =
          RowLevelCommit.on(table)
              .delete(file -> deleted.getOrDefault(file.location(), new RoaringBitmap()));
      if (!rows.segments().isEmpty()) {
        commit.delete(SupersededRows.by(table, rows));
      }
      rows.segments().forEach(commit::add);
      commit.check(
          live -> {
            checkUnchanged(deleted, read, live);
            if (!rows.segments().isEmpty()) {
              checkNotWritten(rows.superseded(), read, live);
            }
          });
      commit.summary(JobCommit.QUERY_ID, info.queryId());
      attempt.make(commit);
    }
  }

  private void checkUnchanged(
      Map<String, RoaringBitmap> deleted, Map<String, LiveFile> read, List<LiveFile> live) {
    Map<String, LiveFile> now = new HashMap<>();
    live.forEach(file -> now.put(file.location(), file));
    deleted.forEach(
        (location, positions) -> {
          LiveFile file = now.get(location);
          if (file == null) {
            throw conflict("rewrote " + location);
          }
          LiveFile before = read.get(location);
          if ((before == null || !before.sameDeletes(file))
              && RoaringBitmap.intersects(file.deletedPositions(table.context()), positions)) {
            throw conflict("changed or deleted a row of " + location);
          }
        });
  }

  /** A record that came meanwhile would be replaced by one made without knowing of it. */
  private void checkNotWritten(
      RowSelector sameIds, Map<String, LiveFile> read, List<LiveFile> live) {
    for (LiveFile file : live) {
      if (!read.containsKey(file.location())) {
        RoaringBitmap positions = sameIds.select(file);
        positions.andNot(file.deletedPositions(table.context()));
        if (!positions.isEmpty()) {
          throw conflict("wrote a record in " + file.location());
        }
      }
    }
  }

  private ConflictException conflict(String what) {
    return new ConflictException(
        "Cannot "
            + command
            + " in '"
            + table.name()
            + "': meanwhile another writer "
            + what
            + " that the statement changes (nothing was changed, run it again)");
  }

  /** See {@link JobCommit#abort}. */
  @Override
  public void abort(WriterCommitMessage[] messages) {
    attempt.discard(table, messages);
  }
}
