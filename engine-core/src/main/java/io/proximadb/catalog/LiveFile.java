package io.proximadb.catalog;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.IOUtil;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;
import org.roaringbitmap.RoaringBitmap;

/**
 * A data file of a snapshot with the deletes that apply to it.
 *
 * @param dataFile the file
 * @param deletes at most one deletion vector in a v3 table
 */
public record LiveFile(DataFile dataFile, List<DeleteFile> deletes) implements Serializable {
  public LiveFile {
    deletes = List.copyOf(deletes);
  }

  public String location() {
    return dataFile.location();
  }

  /** True if the same deletes apply to both, which are of one data file. */
  public boolean sameDeletes(LiveFile other) {
    if (deletes.size() != other.deletes.size()) {
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
   * The positions that are deleted.
   *
   * @throws UnsupportedVersionException if a delete is not a deletion vector
   */
  public RoaringBitmap deletedPositions(FileIO io) {
    RoaringBitmap deleted = new RoaringBitmap();
    for (DeleteFile delete : deletes) {
      readDeletionVector(io, delete).forEach(position -> deleted.add(Math.toIntExact(position)));
    }
    return deleted;
  }

  /** The file's deletion vector, empty if it has none. */
  PositionDeleteIndex deletionVector(FileIO io) {
    return deletes.isEmpty() ? PositionDeleteIndex.empty() : readDeletionVector(io, deletes.get(0));
  }

  private static PositionDeleteIndex readDeletionVector(FileIO io, DeleteFile delete) {
    if (delete.content() != FileContent.POSITION_DELETES || delete.format() != FileFormat.PUFFIN) {
      throw new UnsupportedVersionException(
          "Unsupported delete file "
              + delete.location()
              + ": "
              + delete.content()
              + " in "
              + delete.format()
              + " (supported: deletion vectors)");
    }
    byte[] bytes = new byte[Math.toIntExact(delete.contentSizeInBytes())];
    try (SeekableInputStream in = io.newInputFile(delete.location()).newStream()) {
      if (in instanceof RangeReadable ranges) {
        ranges.readFully(delete.contentOffset(), bytes);
      } else {
        in.seek(delete.contentOffset());
        IOUtil.readFully(in, bytes, 0, bytes.length);
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot read deletion vector " + delete.location(), e);
    }
    try {
      return PositionDeleteIndex.deserialize(bytes, delete);
    } catch (IllegalArgumentException e) {
      throw new CorruptFileException(
          "Corrupt deletion vector in "
              + delete.location()
              + " (offset="
              + delete.contentOffset()
              + "): "
              + e.getMessage(),
          e);
    }
  }
}
