package io.proximadb.flink.source;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.query.ChangeTask;
import io.proximadb.query.ScanTask;
import io.proximadb.query.SnapshotChanges;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.types.RowKind;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.io.CloseableIterator;
import org.roaringbitmap.RoaringBitmap;

/** The rows of one data file of a snapshot that a scan wants. */
final class FileRows implements SplitRows {
  private final ReadPlan plan;
  private final ChangeTask.Commit commit;
  private final SegmentReader reader;
  private final CloseableIterator<ColumnBatch> batches;
  private ProximaSplit.Place place;

  private FileRows(
      ReadPlan plan,
      ChangeTask.Commit commit,
      SegmentReader reader,
      CloseableIterator<ColumnBatch> batches,
      ProximaSplit.Place place) {
    this.plan = plan;
    this.commit = commit;
    this.reader = reader;
    this.batches = batches;
    this.place = place;
  }

  /**
   * Opens a file.
   *
   * @param live the files of the split's snapshot
   */
  static FileRows open(
      ReadPlan plan, CollectionTable table, List<LiveFile> live, ProximaSplit split) {
    ProximaSplit.Place place = split.place();
    Snapshot snapshot = table.table().snapshot(place.snapshotId());
    LiveFile file =
        live.stream()
            .filter(each -> each.location().equals(split.file()))
            .findFirst()
            .orElseThrow(
                () ->
                    new NotFoundException(
                        "Cannot read '"
                            + table.name()
                            + "': snapshot "
                            + place.snapshotId()
                            + " has no file "
                            + split.file()));
    TableContext context =
        plan.version() == null ? table.context() : table.contextAt(place.snapshotId());
    ScanTask task = new ScanTask(file, plan.filter(), plan.columns().stored(), split.readMicros());
    SegmentReader reader = Segments.open(context, file.dataFile());
    try {
      RoaringBitmap rows = limited(task.positions(context, reader), plan.limit());
      if (place.done() >= rows.getLongCardinality()) {
        rows.clear();
      } else if (place.done() > 0) {
        rows.remove(0L, rows.select((int) place.done()));
      }
      return new FileRows(
          plan,
          SnapshotChanges.commit(snapshot),
          reader,
          task.read(reader, rows, plan.columns().batchRows(context.schema())),
          place);
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  private static RoaringBitmap limited(RoaringBitmap rows, long limit) {
    return limit >= rows.getLongCardinality() ? rows : rows.limit((int) limit);
  }

  @Override
  public List<ReadChange> next() {
    if (!batches.hasNext()) {
      return List.of();
    }
    ColumnBatch batch = batches.next();
    List<ReadChange> rows = new ArrayList<>(batch.rowCount());
    for (int row = 0; row < batch.rowCount(); row++) {
      place = new ProximaSplit.Place(place.snapshotId(), true, place.done() + 1);
      rows.add(new ReadChange(place, null, plan.columns().row(RowKind.INSERT, batch, row, commit)));
    }
    return rows;
  }

  @Override
  public void close() {
    try (reader) {
      batches.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close a scan of " + reader.dataFile().location(), e);
    }
  }
}
