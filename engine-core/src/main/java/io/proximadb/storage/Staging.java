package io.proximadb.storage;

import io.proximadb.io.MovableFiles;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;

/** Puts staged data files in place before a commit, or removes them after one failed. */
public final class Staging {
  private Staging() {}

  /**
   * Moves a segment to its final location, durably; does nothing if it is there already. Until a
   * commit names the file nobody sees it.
   *
   * @throws NotFoundException if it is neither staged nor in place
   */
  public static void promote(FileIO io, StagedSegment segment) {
    String target = segment.dataFile().location();
    if (segment.stagedLocation().equals(target)) {
      return;
    }
    if (!(io instanceof MovableFiles files)) {
      throw new IllegalStateException(
          "Cannot move staged file "
              + segment.stagedLocation()
              + ": "
              + io.getClass().getName()
              + " cannot move files, but the writer's FileIO could");
    }
    try {
      files.move(segment.stagedLocation(), target);
    } catch (NotFoundException e) {
      // A commit that is tried again finds its file moved already.
      if (!io.newInputFile(target).exists()) {
        throw e;
      }
    }
  }

  /** Deletes a segment wherever it is, with its id index. It must not be part of the table. */
  public static void discard(FileIO io, StagedSegment segment) {
    io.deleteFile(segment.stagedLocation());
    if (!segment.stagedLocation().equals(segment.dataFile().location())) {
      io.deleteFile(segment.dataFile().location());
    }
    io.deleteFile(segment.idIndexLocation());
  }
}
