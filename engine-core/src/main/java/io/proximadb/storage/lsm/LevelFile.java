package io.proximadb.storage.lsm;

import io.proximadb.storage.CompactionPolicy.Candidate;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A data file as compaction sees it.
 *
 * @param level {@link LsmNames#FOREIGN} if the file is not of this layout
 * @param liveBytes its size without the dead rows' share
 * @param min no id is below these bytes; null if unknown
 * @param max no id is above these bytes; null if unknown
 */
record LevelFile(
    Candidate candidate,
    int level,
    long liveBytes,
    @Nullable ByteBuffer min,
    @Nullable ByteBuffer max) {

  /** Files that may begin anywhere come first. */
  static final Comparator<LevelFile> BY_MIN =
      Comparator.comparing(LevelFile::min, Comparator.nullsFirst(LevelFile::compare));

  static LevelFile of(Candidate candidate, int idField) {
    long rows = candidate.file().recordCount();
    double live = rows == 0 ? 0 : (double) candidate.liveRows() / rows;
    return new LevelFile(
        candidate,
        LsmNames.level(candidate.file()),
        (long) (candidate.file().fileSizeInBytes() * live),
        bound(candidate.file().lowerBounds(), idField),
        bound(candidate.file().upperBounds(), idField));
  }

  private static @Nullable ByteBuffer bound(
      @Nullable Map<Integer, ByteBuffer> bounds, int idField) {
    return bounds == null ? null : bounds.get(idField);
  }

  long deadBytes() {
    return candidate.file().fileSizeInBytes() - liveBytes;
  }

  double deadShare() {
    long rows = candidate.file().recordCount();
    return rows == 0 ? 1 : 1 - (double) candidate.liveRows() / rows;
  }

  /** False if no id can be in both. */
  boolean overlaps(LevelFile other) {
    return !isBelow(other) && !other.isBelow(this);
  }

  private boolean isBelow(LevelFile other) {
    return max != null && other.min != null && compare(max, other.min) < 0;
  }

  /** Bounds of ids are UTF-8, in the order of unsigned bytes. */
  static int compare(ByteBuffer left, ByteBuffer right) {
    int at = left.mismatch(right);
    if (at < 0) {
      return 0;
    }
    if (at == left.remaining() || at == right.remaining()) {
      return Integer.compare(left.remaining(), right.remaining());
    }
    return Byte.compareUnsigned(left.get(left.position() + at), right.get(right.position() + at));
  }
}
