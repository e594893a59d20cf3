package io.proximadb.catalog;

import io.proximadb.error.UnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Table;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.DeleteWriteResult;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.OutputFileFactory;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The rows that one attempt of a commit deletes, file by file, and the vectors written for them.
 */
final class DeletionPlan {
  private final Table table;
  private final Map<String, PositionDeleteIndex> previous = new LinkedHashMap<>();
  private final Map<String, RoaringBitmap> fresh = new LinkedHashMap<>();
  private final List<String> existingTargets = new ArrayList<>();
  private long rowsDeleted;

  DeletionPlan(Table table) {
    this.table = table;
  }

  /** Adds the rows of a file of the parent snapshot that are not deleted in it yet. */
  void addExisting(LiveFile file, RoaringBitmap selected) {
    if (selected.isEmpty()) {
      return;
    }
    PositionDeleteIndex before = file.deletionVector(table.io());
    RoaringBitmap remaining = new RoaringBitmap();
    for (IntIterator it = selected.getIntIterator(); it.hasNext(); ) {
      int position = it.next();
      if (!before.isDeleted(position)) {
        remaining.add(position);
      }
    }
    if (!remaining.isEmpty()) {
      existingTargets.add(file.location());
      previous.put(file.location(), before);
      put(file.location(), remaining);
    }
  }

  /** Adds rows of a file that this very commit adds. */
  void addNew(String location, RoaringBitmap selected) {
    if (!selected.isEmpty()) {
      put(location, selected);
    }
  }

  private void put(String location, RoaringBitmap positions) {
    fresh.put(location, positions);
    rowsDeleted += positions.getLongCardinality();
  }

  boolean isEmpty() {
    return fresh.isEmpty();
  }

  long rowsDeleted() {
    return rowsDeleted;
  }

  /** Files of the parent snapshot that vectors will point at. */
  List<String> existingTargets() {
    return existingTargets;
  }

  /** Writes one Puffin file with a merged vector for each target. */
  Written write() {
    OutputFileFactory files =
        OutputFileFactory.builderFor(table, 0, 0).format(FileFormat.PUFFIN).build();
    BaseDVFileWriter writer = new BaseDVFileWriter(files, previous::get);
    try (writer) {
      fresh.forEach(
          (file, positions) -> {
            for (IntIterator it = positions.getIntIterator(); it.hasNext(); ) {
              writer.delete(file, it.next(), table.spec(), null);
            }
          });
    } catch (IOException e) {
      throw new UnavailableException("Cannot write deletion vectors of " + table.name(), e);
    }
    DeleteWriteResult result = writer.result();
    return new Written(result.deleteFiles(), result.rewrittenDeleteFiles());
  }

  /**
   * What {@link #write()} left.
   *
   * @param added vectors to add
   * @param replaced vectors that they merge and that must go
   */
  record Written(List<DeleteFile> added, List<DeleteFile> replaced) {
    /** Deletes the file again, for a commit that did not pass. */
    void discard(FileIO io) {
      added.stream().map(DeleteFile::location).distinct().forEach(io::deleteFile);
    }
  }
}
