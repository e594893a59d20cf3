package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.error.UnavailableException;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotChanges;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Measures the current snapshot of a table: by what came after a snapshot that was measured before,
 * or by all its files. Both give the same numbers. Safe for use by several threads.
 */
final class TableMeasure {
  /*
   * The shorter way takes totals from the snapshot's summary, what is deleted from its manifests of
   * deletes, which are few, and looks for expiry in data files that came meanwhile alone. It is
   * open while all commits since then were ours, so that a deleted row is deleted once and by a
   * vector, and no row had expired, so that none can have been deleted since.
   */

  /** Commits looked through; beyond so many the table is measured whole. */
  private static final int MAX_COMMITS = 100;

  private final ExpiredRows expired = new ExpiredRows();

  /** Counts of rows that expire. */
  private static final class Expiry {
    private long rows;
    private long nextMicros = Long.MAX_VALUE;

    void add(ExpiredRows.Found found) {
      rows += found.rows().getLongCardinality();
      nextMicros = Math.min(nextMicros, found.nextMicros());
    }
  }

  /**
   * Measures a table as it was last refreshed.
   *
   * @param before an earlier snapshot as it was measured, or null
   */
  MeasuredTable measure(
      CollectionTable table, Snapshot snapshot, @Nullable MeasuredTable before, long nowMicros) {
    Optional<MeasuredTable> after =
        before == null ? Optional.empty() : after(table, snapshot, before, nowMicros);
    return after.orElseGet(() -> whole(table, snapshot, nowMicros));
  }

  /** A table of which nothing was committed yet. */
  MeasuredTable empty(TableContext context, long nowMicros) {
    long indexBytes = bytes(context, SideFiles.folder(context));
    long metadataBytes = bytes(context, context.location() + "/metadata/");
    return new MeasuredTable(
        -1, 0, 0, 0, 0, 0, 0, indexBytes, metadataBytes, nowMicros, Long.MAX_VALUE);
  }

  private MeasuredTable whole(CollectionTable table, Snapshot snapshot, long nowMicros) {
    TableContext context = table.context();
    long rows = 0;
    long deletedRows = 0;
    long files = 0;
    long dataBytes = 0;
    Expiry expiry = new Expiry();
    for (LiveFile file : table.liveFiles(snapshot.snapshotId())) {
      files++;
      rows += file.dataFile().recordCount();
      dataBytes += file.dataFile().fileSizeInBytes();
      deletedRows += deletedRows(context, file);
      expiry.add(expired.look(table, file, nowMicros));
    }
    return new MeasuredTable(
        snapshot.snapshotId(),
        rows,
        deletedRows,
        expiry.rows,
        files,
        dataBytes,
        deletes(table.table(), snapshot).bytes(),
        bytes(context, SideFiles.folder(context)),
        bytes(context, context.location() + "/metadata/"),
        nowMicros,
        expiry.nextMicros);
  }

  /** By the counts of deletion vectors; other deletes may overlap, so their rows are looked at. */
  private static long deletedRows(TableContext table, LiveFile file) {
    if (file.isSettled()
        && file.deletes().stream().allMatch(delete -> delete.format() == FileFormat.PUFFIN)) {
      return file.deletes().stream().mapToLong(DeleteFile::recordCount).sum();
    }
    RoaringBitmap rows = file.deletedPositions(table);
    try (SegmentReader reader = Segments.open(table, file.dataFile())) {
      rows.or(reader.rowsWithoutId());
    }
    return rows.getLongCardinality();
  }

  /**
   * The deletes of a snapshot, each counted once.
   *
   * @param rows that they delete, where all are vectors
   */
  private record Deletes(long bytes, long rows, boolean vectorsOnly) {}

  private static Deletes deletes(Table table, Snapshot snapshot) {
    long bytes = 0;
    long rows = 0;
    boolean vectorsOnly = true;
    for (ManifestFile manifest : snapshot.deleteManifests(table.io())) {
      try (ManifestReader<DeleteFile> deletes =
          ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
        for (DeleteFile delete : deletes) {
          Long content = delete.contentSizeInBytes();
          bytes += content == null ? delete.fileSizeInBytes() : content;
          rows += delete.recordCount();
          vectorsOnly &= delete.format() == FileFormat.PUFFIN;
        }
      } catch (IOException e) {
        throw new UnavailableException("Cannot read manifest " + manifest.path(), e);
      }
    }
    return new Deletes(bytes, rows, vectorsOnly);
  }

  private static long bytes(TableContext context, String folder) {
    LongAdder bytes = new LongAdder();
    if (context.io() instanceof SupportsPrefixOperations files) {
      Listing.forEach(files, folder, file -> bytes.add(file.size()));
    }
    return bytes.sum();
  }

  private Optional<MeasuredTable> after(
      CollectionTable table, Snapshot snapshot, MeasuredTable before, long nowMicros) {
    if (before.holdsFor(snapshot.snapshotId(), nowMicros)) {
      return Optional.of(before);
    }
    Map<String, String> summary = snapshot.summary();
    Long rows = total(summary, SnapshotSummary.TOTAL_RECORDS_PROP);
    Long files = total(summary, SnapshotSummary.TOTAL_DATA_FILES_PROP);
    Long allBytes = total(summary, SnapshotSummary.TOTAL_FILE_SIZE_PROP);
    if (rows == null || files == null || allBytes == null) {
      return Optional.empty();
    }
    if (before.expiredRows() > 0 || nowMicros >= before.nextExpiryMicros()) {
      return Optional.empty();
    }
    Optional<List<DataFile>> added = addedSince(table, snapshot, before.snapshotId());
    if (added.isEmpty()) {
      return Optional.empty();
    }
    Expiry expiry = new Expiry();
    expiry.nextMicros = before.nextExpiryMicros();
    for (DataFile file : added.get()) {
      expiry.add(expired.look(table, new LiveFile(file, List.of()), nowMicros));
    }
    if (expiry.rows > 0) {
      return Optional.empty();
    }
    Deletes deletes = deletes(table.table(), snapshot);
    if (!deletes.vectorsOnly()) {
      return Optional.empty();
    }
    TableContext context = table.context();
    return Optional.of(
        new MeasuredTable(
            snapshot.snapshotId(),
            rows,
            deletes.rows(),
            0,
            files,
            allBytes - deletes.bytes(),
            deletes.bytes(),
            bytes(context, SideFiles.folder(context)),
            bytes(context, context.location() + "/metadata/"),
            nowMicros,
            expiry.nextMicros));
  }

  private static @Nullable Long total(Map<String, String> summary, String key) {
    String value = summary.get(key);
    try {
      return value == null ? null : Long.valueOf(value);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Data files that came after an ancestor and stayed; empty if others than us committed. */
  private static Optional<List<DataFile>> addedSince(
      CollectionTable table, Snapshot snapshot, long ancestor) {
    List<DataFile> added = new ArrayList<>();
    Set<String> removed = new HashSet<>();
    Snapshot at = snapshot;
    for (int commits = 0; commits < MAX_COMMITS; commits++) {
      if (at == null) {
        return Optional.empty();
      }
      if (at.snapshotId() == ancestor) {
        return Optional.of(added);
      }
      if (!CollectionTable.isOfProximaDb(at)) {
        return Optional.empty();
      }
      SnapshotChanges changes = SnapshotChanges.builderFor(table.table()).snapshot(at).build();
      for (DataFile file : changes.addedDataFiles()) {
        if (!removed.contains(file.location())) {
          added.add(file);
        }
      }
      changes.removedDataFiles().forEach(file -> removed.add(file.location()));
      Long parent = at.parentId();
      at = parent == null ? null : table.table().snapshot(parent);
    }
    return Optional.empty();
  }
}
