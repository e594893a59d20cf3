package io.proximadb.spark.write;

import io.proximadb.storage.StagedSegment;
import java.util.List;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/**
 * What a task hands to the driver.
 *
 * @param segments its files, staged
 */
record TaskResult(List<StagedSegment> segments) implements WriterCommitMessage {
  TaskResult {
    segments = List.copyOf(segments);
  }
}
