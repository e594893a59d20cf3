package io.proximadb.core;

import io.proximadb.api.FlushResult;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.RowSelector;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.memtable.Memtable;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Row;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.wal.WalRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves what is in memory into the table: new data files, deletion vectors for the rows they
 * replace, and the log position, all in one Iceberg commit.
 */
final class Flush {
  /*
   * Recovery: the commit is the switch. A crash before it leaves staged or moved files that no
   * snapshot names, and the log replays; a crash after it leaves the log longer than need be, and
   * the position in the table says from where to replay. Position and session are required to be
   * what this engine saw last, and the epoch its own, so a commit whose outcome was lost cannot be made
   * twice, and an engine that was taken over cannot flush.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Flush.class);
  private static final long MIN_RETRY_MICROS = 250_000;
  private static final long MAX_RETRY_MICROS = 30_000_000;

  /** Names the staging folder. */
  static final String PURPOSE = "flush";

  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;
  private final Object oneAtATime;

  // Of the background thread alone.
  private long retryAtMicros;
  private long retryDelayMicros = MIN_RETRY_MICROS;

  /**
   * Flushes nothing yet.
   *
   * @param table for committing
   * @param oneAtATime held while a flush or a change of the schema commits
   */
  Flush(Surroundings engine, CollectionTable table, CollectionStore store, Object oneAtATime) {
    this.engine = engine;
    this.table = table;
    this.store = store;
    this.oneAtATime = oneAtATime;
  }

  /**
   * Flushes everything applied so far.
   *
   * @throws io.proximadb.error.FencedException if another engine took the collection over
   */
  FlushResult run() {
    synchronized (oneAtATime) {
      while (true) {
        // Before the memtables: should a read take in an earlier flush of them that had passed
        // unnoticed, the commit is refused and they are not written twice.
        LogPosition before = store.position();
        CollectionStore.Frozen frozen = store.freeze();
        if (frozen.memtables().isEmpty()) {
          return new FlushResult(0, 0, OptionalLong.empty());
        }
        long epoch;
        synchronized (store.lock()) {
          epoch = store.ownership().epoch();
        }
        engine.reached("flush.frozen");
        long position =
            frozen.memtables().stream().mapToLong(Memtable::lastSequence).max().orElseThrow();
        engine.wal().awaitDurable(position);
        Optional<FlushResult> result = write(frozen, before, position, epoch);
        if (result.isPresent()) {
          return result.get();
        }
      }
    }
  }

  /** Empty if an earlier flush turns out to have passed: what is left is to be flushed anew. */
  private Optional<FlushResult> write(
      CollectionStore.Frozen frozen, LogPosition before, long position, long epoch) {
    // Not before the versions it flushes, also after the clock stepped back between two processes.
    LogPosition after =
        new LogPosition(
            position,
            FlushSession.text(engine.sessions().current(), engine.versions().next() / 1_000));
    List<MemtableEntry> newest = newest(frozen.memtables());
    List<StagedSegment> staged = stage(frozen.context(), newest);
    engine.reached("flush.staged");
    try {
      staged.forEach(segment -> Staging.promote(table.table().io(), segment));
      engine.reached("flush.promoted");
      RowLevelCommit.Result result = commit(newest, staged, before, after, epoch);
      engine.reached("flush.committed");
      mark(after, epoch);
      store.refresh();
      engine.reached("flush.installed");
      engine.wal().release(table.uuid(), position);
      engine.ticks().released();
      engine.reached("flush.released");
      return Optional.of(
          new FlushResult(
              result.rowsAdded(),
              result.rowsDeleted(),
              result.snapshotId().map(OptionalLong::of).orElse(OptionalLong.empty())));
    } catch (CommitStateUnknownException e) {
      // The files may be part of the table.
      throw e;
    } catch (ConflictException e) {
      staged.forEach(segment -> Staging.discard(table.table().io(), segment));
      afterConflict(before, epoch, e);
      return Optional.empty();
    }
  }

  /** Notes in the log what the table holds, to know an older copy of the table by. */
  private void mark(LogPosition position, long epoch) {
    try {
      engine.wal().append(List.of(position.mark(table.uuid(), epoch, engine.versions().next())));
    } catch (ProximaException e) {
      // The flush has passed all the same, and nothing that is read depends on the mark.
      LOG.warn("Cannot note a flush of {} in the log: {}", table.name(), e.getMessage());
    }
  }

  /**
   * The mark of the last flush, for a log whose older part goes; empty if there was none. The log
   * knows an older copy of the table by it, see {@link LogGuard}.
   */
  Optional<WalRecord> lastMark() {
    LogPosition position = store.position();
    if (position.sequence() == 0) {
      return Optional.empty();
    }
    // Of no epoch: nothing is accepted by it, and the collection need not be owned, nor open.
    return Optional.of(position.mark(table.uuid(), 0, engine.versions().next()));
  }

  /** Of each record the newest version, in order of arrival. */
  private static List<MemtableEntry> newest(List<Memtable> frozen) {
    if (frozen.size() == 1) {
      return frozen.get(0).newestByArrival();
    }
    List<MemtableEntry> newest = new ArrayList<>();
    for (int i = frozen.size() - 1; i >= 0; i--) {
      List<Memtable> newer = frozen.subList(0, i);
      for (MemtableEntry entry : frozen.get(i).newestByArrival()) {
        if (newer.stream().allMatch(other -> other.get(entry.id(), Long.MAX_VALUE) == null)) {
          newest.add(entry);
        }
      }
    }
    return newest;
  }

  /** Writes rows under the schema that they are of: files are read by field ids under any later. */
  private static List<StagedSegment> stage(TableContext context, List<MemtableEntry> newest) {
    try (SegmentWriter writer = SegmentWriters.forRows(context, PURPOSE)) {
      for (MemtableEntry entry : newest) {
        Row row = entry.row();
        if (row != null) {
          writer.appendImmutable(row);
        }
      }
      return writer.finish();
    }
  }

  private RowLevelCommit.Result commit(
      List<MemtableEntry> newest,
      List<StagedSegment> staged,
      LogPosition before,
      LogPosition after,
      long epoch) {
    String positionKey = TableProperties.walPosition(engine.engineId());
    String sessionKey = TableProperties.walSession(engine.engineId());
    IdSet ids =
        IdSets.of(
            newest.stream().mapToLong(MemtableEntry::idHash).toArray(),
            place -> newest.get(place).id());
    try (Pin pin = store.pin()) {
      Map<String, SegmentReader> open = new LinkedHashMap<>();
      for (SegmentView segment : pin.state().segments()) {
        open.put(segment.handle().location(), segment.handle().reader());
      }
      RowLevelCommit commit =
          RowLevelCommit.on(table)
              .requireProperty(TableProperties.OWNER_EPOCH, Long.toString(epoch))
              .requireProperty(positionKey, before.position())
              .requireProperty(sessionKey, before.session())
              .setProperty(positionKey, Long.toString(after.sequence()))
              .setProperty(sessionKey, Objects.requireNonNull(after.session()))
              .summary("proximadb.engine-id", engine.engineId())
              .delete(superseded(ids, open));
      staged.forEach(commit::add);
      IdleLogs.collect(commit, table.properties(), engine.engineId(), engine.nowMicros() / 1_000);
      Lease lease = store.lease();
      return lease == null ? commit.commit() : lease.renewBy(commit, engine.nowMicros());
    }
  }

  /** Looks through files that are open already where they are, and opens the others. */
  private RowSelector superseded(IdSet ids, Map<String, SegmentReader> open) {
    return (LiveFile file) -> {
      SegmentReader reader = open.get(file.location());
      if (reader != null) {
        return reader.findAll(ids);
      }
      try (SegmentReader opened = Segments.open(table.context(), file.dataFile())) {
        RoaringBitmap found = opened.findAll(ids);
        return found;
      }
    };
  }

  /**
   * Finds out what differed: the epoch (fenced), or the position (an earlier commit had passed),
   * which is taken in.
   */
  private void afterConflict(LogPosition before, long epoch, ConflictException conflict) {
    table.refresh();
    String found = table.property(TableProperties.OWNER_EPOCH);
    if (!Long.toString(epoch).equals(found)) {
      throw store.fence(
          "another engine took it over (epoch=" + found + ", own epoch=" + epoch + ")");
    }
    store.refresh();
    LogPosition passed = store.position();
    if (passed.sequence() == before.sequence()) {
      throw conflict;
    }
    mark(passed, epoch);
    LOG.info("A flush of {} had passed unnoticed up to {}", table.name(), passed.sequence());
  }

  /**
   * Runs a flush in the background, where nobody waits for an exception; after a failure the next
   * try waits.
   *
   * @throws NotFoundException if the collection was dropped
   */
  void runInBackground() {
    if (engine.nowMicros() < retryAtMicros) {
      return;
    }
    try {
      run();
      retryDelayMicros = MIN_RETRY_MICROS;
    } catch (NotFoundException e) {
      throw e;
    } catch (ProximaException | RuntimeIOException e) {
      LOG.warn("Cannot flush {} now, will try again: {}", table.name(), e.getMessage(), e);
      retryAtMicros = engine.nowMicros() + retryDelayMicros;
      retryDelayMicros = Math.min(MAX_RETRY_MICROS, retryDelayMicros * 2);
    }
  }
}
