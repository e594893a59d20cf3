package io.proximadb.maintenance;

import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.FileRewrite;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.StorageFormat;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.io.CloseableIterator;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/** The part of an erasure that takes rows out of the data files of the current snapshot. */
final class ErasedRows {
  /** Rows of which ids are read at once when a file is looked through. */
  private static final int BATCH_ROWS = 4_096;

  private static final String REASON = "erase";

  private final MaintenanceScope scope;
  private final CollectionTable table;
  private final EraseNotes notes;

  /** Files, which never change, that hold none of the ids. */
  private final Set<String> clean = new HashSet<>();

  private final Set<String> counted = new HashSet<>();
  private OptionalLong lookedAt = OptionalLong.empty();

  /** Files that this erasure wrote. */
  private final Set<String> written = new HashSet<>();

  ErasedRows(MaintenanceScope scope, EraseNotes notes) {
    this.scope = scope;
    this.table = scope.table();
    this.notes = notes;
  }

  /**
   * Looks for rows of the ids, and takes a step: deletes those that are live, by one commit with
   * all that is not settled, or rewrites the files that hold deleted ones.
   *
   * @return false if no file of the current snapshot holds any, and all files are settled
   */
  boolean step() {
    table.refresh();
    lookedAt = table.snapshotId();
    List<LiveFile> files = table.liveFiles();
    IdSet ids = ids();
    Map<LiveFile, RoaringBitmap> holding = new LinkedHashMap<>();
    boolean open = false;
    for (LiveFile file : files) {
      scope.checkNotStopped();
      open |= !file.isSettled();
      if (!clean.contains(file.location())) {
        RoaringBitmap rows = find(file, ids);
        if (rows.isEmpty()) {
          clean.add(file.location());
        } else {
          holding.put(file, rows);
          open |= !isDeleted(file, rows);
        }
      }
    }
    if (open) {
      delete(holding, ids);
      return true;
    }
    holding.keySet().forEach(this::rewrite);
    return !holding.isEmpty();
  }

  /** The snapshot that the last step found. */
  OptionalLong lookedAt() {
    return lookedAt;
  }

  private IdSet ids() {
    return IdSets.of(table.context(), notes.request().ids());
  }

  private boolean isDeleted(LiveFile file, RoaringBitmap rows) {
    return RoaringBitmap.andNot(rows, file.deletedPositions(table.context())).isEmpty();
  }

  private RoaringBitmap find(LiveFile file, IdSet ids) {
    try (SegmentReader reader = Segments.open(table.context(), file.dataFile())) {
      RoaringBitmap rows = reader.findAll(ids);
      if (!rows.isEmpty() && counted.add(file.location())) {
        Set<String> found = new HashSet<>();
        for (IntIterator it = rows.getIntIterator(); it.hasNext(); ) {
          found.add(reader.id(it.next()));
        }
        notes.found(found, rows.getLongCardinality());
      }
      return rows;
    }
  }

  private void delete(Map<LiveFile, RoaringBitmap> holding, IdSet ids) {
    Map<String, RoaringBitmap> known = new LinkedHashMap<>();
    holding.forEach((file, rows) -> known.put(file.location(), rows));
    RowLevelCommit.on(table)
        .delete(
            file -> {
              RoaringBitmap rows = known.get(file.location());
              if (rows != null) {
                return rows;
              }
              return clean.contains(file.location()) ? new RoaringBitmap() : find(file, ids);
            })
        .settle()
        .summary(TtlSweep.SUMMARY, REASON)
        .commit();
    scope.failPoints().reached("erase.deleted");
  }

  /** Copies the live rows of a file into new ones, which take its place. */
  private void rewrite(LiveFile file) {
    FileRewrite rewrite;
    try {
      rewrite =
          RowMover.move(
              scope,
              StorageFormat.of(table.context()).compaction().rewriting(file.dataFile(), REASON),
              List.of(file));
    } catch (RowMover.UnmovableFileException e) {
      throw new UnavailableException(
          "Cannot erase from '"
              + table.name()
              + "': "
              + e.getMessage()
              + "; delete those rows, or rewrite the file, with the engine that wrote it, and erase"
              + " again",
          e);
    }
    scope.failPoints().reached("erase.written");
    boolean keep = false;
    try {
      RowLevelCommit.on(table).rewrite(rewrite).summary(Compaction.REASON, REASON).commit();
      keep = true;
      for (StagedSegment output : rewrite.outputs()) {
        notes.rewritten(Kind.DATA_FILE, output.dataFile().location());
        written.add(output.dataFile().location());
      }
      scope.failPoints().reached("erase.rewritten");
    } catch (ConflictException e) {
      // Another writer replaced the file: the next step looks at what there is now.
    } catch (CommitStateUnknownException e) {
      keep = true;
      throw e;
    } finally {
      if (!keep) {
        rewrite.discard(table.table().io());
      }
    }
  }

  /**
   * Looks through the files of the current snapshot once more, those written here row by row.
   *
   * @return the files that hold a row of the ids after all
   */
  Set<String> holdingNow() {
    table.refresh();
    Set<String> holding = new HashSet<>();
    for (LiveFile file : table.liveFiles()) {
      scope.checkNotStopped();
      try (SegmentReader reader = Segments.open(table.context(), file.dataFile())) {
        if (!reader.findAll(ids()).isEmpty()
            || (written.contains(file.location()) && holdsByReading(reader))) {
          holding.add(file.location());
        }
      }
    }
    return holding;
  }

  private boolean holdsByReading(SegmentReader reader) {
    try (CloseableIterator<ColumnBatch> batches =
        reader.scan(List.of(SystemColumns.ID), BATCH_ROWS)) {
      while (batches.hasNext()) {
        ColumnBatch batch = batches.next();
        Column column = batch.column(SystemColumns.ID);
        for (int row = 0; row < batch.rowCount(); row++) {
          Object id = column.value(row);
          if (id instanceof String text && notes.request().ids().contains(text)) {
            return true;
          }
        }
      }
      return false;
    } catch (IOException e) {
      throw new UnavailableException("Cannot read " + reader.dataFile().location(), e);
    }
  }
}
