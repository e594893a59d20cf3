package io.proximadb.catalog;

import io.proximadb.storage.TableContext;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.FileIO;
import org.roaringbitmap.RoaringBitmap;

/**
 * A data file of a snapshot with the deletes that apply to it.
 *
 * @param dataFile the file
 * @param deletes a deletion vector or position deletes, and those equality deletes of other engines
 *     that no commit of ours has turned into the former yet
 * @param replaced rows whose id another engine wrote again, into this file or a newer one, without
 *     deleting them, and that no commit of ours has deleted yet; not to be changed
 */
public record LiveFile(DataFile dataFile, List<DeleteFile> deletes, RoaringBitmap replaced)
    implements Serializable {
  private static final RoaringBitmap NONE = new RoaringBitmap();

  public LiveFile {
    deletes = List.copyOf(deletes);
  }

  /** A file of which no row is replaced without being deleted. */
  public LiveFile(DataFile dataFile, List<DeleteFile> deletes) {
    this(dataFile, deletes, NONE);
  }

  public String location() {
    return dataFile.location();
  }

  /** True if the same rows of both, which are of one data file, are deleted. */
  public boolean sameDeletes(LiveFile other) {
    if (deletes.size() != other.deletes.size() || !replaced.equals(other.replaced)) {
      return false;
    }
    for (int i = 0; i < deletes.size(); i++) {
      DeleteFile mine = deletes.get(i);
      DeleteFile theirs = other.deletes.get(i);
      if (!mine.location().equals(theirs.location())
          || !Objects.equals(mine.contentOffset(), theirs.contentOffset())) {
        return false;
      }
    }
    return true;
  }

  /**
   * The positions that no read shows: deleted by a deletion vector, position deletes or equality
   * deletes, or replaced by rows of other engines.
   *
   * @throws io.proximadb.error.UnsupportedVersionException if a delete file is of a format that is
   *     not read
   */
  public RoaringBitmap deletedPositions(TableContext table) {
    RoaringBitmap deleted = unsettled(table);
    positionDeletes(table.io()).forEach(position -> deleted.add(Math.toIntExact(position)));
    return deleted;
  }

  /**
   * The positions that no read shows though no deletion vector or position delete says so: what a
   * commit has still to delete. Those of both kinds may be among them. The caller's to change.
   */
  RoaringBitmap unsettled(TableContext table) {
    RoaringBitmap rows = replaced.clone();
    for (DeleteFile delete : deletes) {
      if (delete.content() == FileContent.EQUALITY_DELETES) {
        rows.or(EqualityDeletes.positions(table, dataFile, delete));
      }
    }
    return rows;
  }

  /** True if no commit of ours has anything left to delete in it. */
  public boolean isSettled() {
    return replaced.isEmpty() && equalityDeletes().isEmpty();
  }

  /** The equality deletes among the deletes. */
  List<DeleteFile> equalityDeletes() {
    return deletes.stream()
        .filter(delete -> delete.content() == FileContent.EQUALITY_DELETES)
        .toList();
  }

  /** What the file's deletion vector or position deletes delete. */
  PositionDeleteIndex positionDeletes(FileIO io) {
    return PositionDeletes.of(io, this);
  }
}
