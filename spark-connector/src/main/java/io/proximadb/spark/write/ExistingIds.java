package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.CommitCheck;
import io.proximadb.catalog.LiveFile;
import io.proximadb.error.ConflictException;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/** The ids of a job that live rows of the table have already, for jobs that replace none. */
final class ExistingIds implements CommitCheck {
  private final CollectionTable table;
  private final IdSet written;
  private final long readMicros;
  private final Set<String> allowed = new HashSet<>();

  ExistingIds(CollectionTable table, IdSet written, long readMicros) {
    this.table = table;
    this.written = written;
    this.readMicros = readMicros;
  }

  /** Rows of the job, by file, that are left out because their ids are there; a check lets them. */
  Map<String, RoaringBitmap> leaveOut(StagedRows rows) {
    table.refresh();
    for (LiveFile file : table.liveFiles()) {
      allowed.addAll(in(file));
    }
    Map<String, RoaringBitmap> out = new HashMap<>();
    IdSet existing = IdSets.of(table.context(), allowed);
    for (int i = 0; i < rows.segments().size(); i++) {
      RoaringBitmap found = rows.readers().get(i).findAll(existing);
      if (!found.isEmpty()) {
        out.put(rows.segments().get(i).dataFile().location(), found);
      }
    }
    return out;
  }

  @Override
  public void check(List<LiveFile> liveFiles) {
    for (LiveFile file : liveFiles) {
      for (String id : in(file)) {
        if (!allowed.contains(id)) {
          throw new ConflictException(
              "Cannot insert into '"
                  + table.name()
                  + "': id '"
                  + id
                  + "' exists already (option "
                  + OnExistingId.OPTION
                  + ": replace takes the new row, ignore keeps the old one)");
        }
      }
    }
  }

  private List<String> in(LiveFile file) {
    TableContext context = table.context();
    List<String> ids = new ArrayList<>();
    try (SegmentReader reader = Segments.open(context, file.dataFile())) {
      RoaringBitmap found = reader.findAll(written);
      if (found.isEmpty()) {
        return ids;
      }
      found.andNot(file.deletedPositions(context));
      LongColumn expiry = (LongColumn) reader.column(SystemColumns.EXPIRES_AT);
      for (IntIterator it = found.getIntIterator(); it.hasNext(); ) {
        int position = it.next();
        if (expiry.isNull(position) || expiry.values()[position] > readMicros) {
          ids.add(reader.id(position));
        }
      }
    }
    return ids;
  }
}
