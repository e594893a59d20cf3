package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.CommitCheck;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowSelector;
import io.proximadb.error.ConflictException;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/** The ids of a job that live rows of the table have already, for jobs that replace none. */
final class ExistingIds implements CommitCheck {
  private final CollectionTable table;
  private final StagedRows rows;
  private final long readMicros;
  private final @Nullable RowSelector overwritten;

  /** Of each staged file the rows that are left out, because their ids are there. */
  private final List<RoaringBitmap> leftOut = new ArrayList<>();

  /**
   * The ids of a job.
   *
   * @param overwritten rows that the job removes, so that their ids do not count; null for none
   */
  ExistingIds(
      CollectionTable table, StagedRows rows, long readMicros, @Nullable RowSelector overwritten) {
    this.table = table;
    this.rows = rows;
    this.readMicros = readMicros;
    this.overwritten = overwritten;
    rows.readers().forEach(reader -> leftOut.add(new RoaringBitmap()));
  }

  /** Rows of the job, by file, that are left out because their ids are there; a check lets them. */
  Map<String, RoaringBitmap> leaveOut() {
    table.refresh();
    for (LiveFile file : table.liveFiles()) {
      forEach(
          file,
          id -> {
            for (int i = 0; i < leftOut.size(); i++) {
              int position = rows.readers().get(i).find(id);
              if (position >= 0) {
                leftOut.get(i).add(position);
              }
            }
          });
    }
    Map<String, RoaringBitmap> out = new HashMap<>();
    for (int i = 0; i < leftOut.size(); i++) {
      if (!leftOut.get(i).isEmpty()) {
        out.put(rows.segments().get(i).dataFile().location(), leftOut.get(i));
      }
    }
    return out;
  }

  @Override
  public void check(List<LiveFile> liveFiles) {
    for (LiveFile file : liveFiles) {
      forEach(
          file,
          id -> {
            if (!isLeftOut(id)) {
              throw new ConflictException(
                  "Cannot insert into '"
                      + table.name()
                      + "': id '"
                      + id
                      + "' exists already (option "
                      + OnExistingId.OPTION
                      + ": replace takes the new row, ignore keeps the old one)");
            }
          });
    }
  }

  private boolean isLeftOut(String id) {
    for (int i = 0; i < leftOut.size(); i++) {
      int position = rows.readers().get(i).find(id);
      if (position >= 0 && leftOut.get(i).contains(position)) {
        return true;
      }
    }
    return false;
  }

  /** The ids of a file's live rows that the job writes too, one at a time. */
  private void forEach(LiveFile file, Consumer<String> action) {
    TableContext context = table.context();
    try (SegmentReader reader = Segments.open(context, file.dataFile())) {
      RoaringBitmap found = rows.sameIds(reader);
      if (found.isEmpty()) {
        return;
      }
      found.andNot(file.deletedPositions(context));
      if (overwritten != null && !found.isEmpty()) {
        found.andNot(overwritten.select(file));
      }
      LongColumn expiry = (LongColumn) reader.column(SystemColumns.EXPIRES_AT);
      for (IntIterator it = found.getIntIterator(); it.hasNext(); ) {
        int position = it.next();
        if (expiry.isNull(position) || expiry.values()[position] > readMicros) {
          action.accept(reader.id(position));
        }
      }
    }
  }
}
