package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.roaringbitmap.RoaringBitmap;

/** What the tasks of a job staged, open where it is, for as long as the driver commits it. */
final class StagedRows implements AutoCloseable {
  private final List<StagedSegment> segments;
  private final List<SegmentReader> readers = new ArrayList<>();
  private final IdSet ids;

  private StagedRows(CollectionTable table, List<StagedSegment> segments) {
    this.segments = segments;
    try {
      for (StagedSegment segment : segments) {
        DataFile staged =
            DataFiles.builder(table.table().spec())
                .copy(segment.dataFile())
                .withPath(segment.stagedLocation())
                .build();
        readers.add(Segments.open(table.context(), staged));
      }
      ids =
          segments.isEmpty()
              ? IdSets.of(table.context(), List.of())
              : IdSets.union(table.context(), readers.stream().map(SegmentReader::ids).toList());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Opens what messages tell of; the ids of a job need not fit the driver's memory. */
  static StagedRows open(CollectionTable table, WriterCommitMessage[] messages) {
    return new StagedRows(table, segments(messages));
  }

  /** The files that messages tell of; those of tasks that did not finish are null in an abort. */
  static List<StagedSegment> segments(WriterCommitMessage[] messages) {
    List<StagedSegment> segments = new ArrayList<>();
    for (WriterCommitMessage message : messages) {
      if (message instanceof TaskResult result) {
        segments.addAll(result.segments());
      }
    }
    return segments;
  }

  /** The rows that tasks deleted, by file. */
  static Map<String, RoaringBitmap> deleted(WriterCommitMessage[] messages) {
    Map<String, RoaringBitmap> deleted = new HashMap<>();
    for (WriterCommitMessage message : messages) {
      if (message instanceof TaskResult result) {
        result
            .deleted()
            .forEach(
                (file, positions) ->
                    deleted.computeIfAbsent(file, key -> new RoaringBitmap()).or(positions));
      }
    }
    return deleted;
  }

  /** Deletes the files of a job that failed. */
  static void discard(CollectionTable table, WriterCommitMessage[] messages) {
    segments(messages).forEach(segment -> Staging.discard(table.context().io(), segment));
  }

  List<StagedSegment> segments() {
    return segments;
  }

  /** In the order of the segments. */
  List<SegmentReader> readers() {
    return readers;
  }

  /** The ids of all rows, each once. */
  IdSet ids() {
    return ids;
  }

  /**
   * Checks that no id stands in two rows.
   *
   * @throws InvalidArgumentException if one does
   */
  void checkDistinct() {
    long rows = 0;
    for (SegmentReader reader : readers) {
      rows += reader.rowCount();
    }
    if (rows != ids.size()) {
      throw new InvalidArgumentException(
          "Invalid job: it writes "
              + rows
              + " rows of "
              + ids.size()
              + " different ids (expected each id once)");
    }
  }

  @Override
  public void close() {
    readers.forEach(SegmentReader::close);
  }
}
