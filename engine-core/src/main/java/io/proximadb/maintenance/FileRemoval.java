package io.proximadb.maintenance;

import io.proximadb.env.FailPoints;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.SupportsBulkOperations;

/** Deletes files in batches, each name once; what fails is thrown, and the rest is left. */
final class FileRemoval {
  /** What S3 takes in one request. */
  private static final int BATCH = 1_000;

  private final FileIO io;
  private final FailPoints failPoints;
  private final String step;
  private final boolean planOnly;
  private final NameSet seen = new NameSet();
  private final List<String> batch = new ArrayList<>();
  private final List<String> examples = new ArrayList<>();
  private long count;

  /** Files named in words, at most. */
  private static final int EXAMPLES = 3;

  /**
   * Deletes through a FileIO.
   *
   * @param step the fail point that is reached before each batch
   * @param planOnly true to count only
   */
  FileRemoval(FileIO io, FailPoints failPoints, String step, boolean planOnly) {
    this.io = io;
    this.failPoints = failPoints;
    this.step = step;
    this.planOnly = planOnly;
  }

  void add(String location) {
    if (seen.add(location)) {
      count++;
      if (examples.size() < EXAMPLES) {
        examples.add(location);
      }
      batch.add(location);
      if (batch.size() == BATCH) {
        flush();
      }
    }
  }

  /** Deletes what was added; call it at the end. */
  void flush() {
    if (!planOnly && !batch.isEmpty()) {
      failPoints.reached(step);
      if (io instanceof SupportsBulkOperations bulk) {
        bulk.deleteFiles(batch);
      } else {
        batch.forEach(io::deleteFile);
      }
    }
    batch.clear();
  }

  long count() {
    return count;
  }

  /** Some of the files, for logs. */
  String examples() {
    return String.join(", ", examples) + (count > examples.size() ? ", ..." : "");
  }
}
