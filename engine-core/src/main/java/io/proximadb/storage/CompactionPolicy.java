package io.proximadb.storage;

import java.io.Serializable;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.roaringbitmap.RoaringBitmap;

/**
 * A layout's part in compaction: what is worth rewriting, and in which order the rows go into the
 * new files. The rest is the same for all layouts. Stateless and safe for use by several threads.
 */
public interface CompactionPolicy {
  /** Names the staging folder of all compactions. */
  String PURPOSE = "compaction";

  /**
   * A data file of the current snapshot.
   *
   * @param file its size, row count and column bounds
   * @param liveRows rows that no deletion vector deletes
   */
  record Candidate(DataFile file, long liveRows) {}

  /**
   * Files that are worth rewriting together.
   *
   * @param inputs at least one
   * @param level of the outputs, for layouts that have levels; else 0
   * @param gain the predicted gain for each byte written, by which compactions of different
   *     collections are ranked too: live bytes that later reads are spared, and dead bytes freed,
   *     by bytes to write. Above 0
   * @param reason in words, for statistics and logs
   */
  record Task(List<DataFile> inputs, int level, double gain, String reason)
      implements Serializable {
    public Task {
      inputs = List.copyOf(inputs);
    }
  }

  /** An input that is open, with the rows that do not go into the output. */
  record Input(SegmentReader reader, RoaringBitmap dead) {}

  /**
   * Finds what is worth rewriting now.
   *
   * @return best first, without a file in two tasks; empty if nothing is
   */
  List<Task> plan(TableContext table, List<Candidate> files);

  /** The task that rewrites one file into the place that it has among the others. */
  default Task rewriting(DataFile file, String reason) {
    return new Task(List.of(file), 0, 1, reason);
  }

  /**
   * The rows that are not dead, in the order in which the outputs have them, as {@code input << 32
   * | position}. Uses at most 16 bytes of memory a row.
   */
  RowOrder order(TableContext table, List<Input> inputs);

  /** Starts segments for rows that come in the order of {@link #order}, and keeps that order. */
  CompactionWriter newWriter(TableContext table, Task task);
}
