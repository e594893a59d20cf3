package io.proximadb.spark.write;

import io.proximadb.storage.StagedSegment;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.roaringbitmap.RoaringBitmap;

/**
 * What a task hands to the driver.
 *
 * @param segments its files, staged
 * @param deleted positions of rows that it deleted or replaced, by file
 */
record TaskResult(List<StagedSegment> segments, Map<String, RoaringBitmap> deleted)
    implements WriterCommitMessage {
  TaskResult {
    segments = List.copyOf(segments);
    deleted = Map.copyOf(deleted);
  }

  /** Of a task that only adds rows. */
  TaskResult(List<StagedSegment> segments) {
    this(segments, Map.of());
  }
}
