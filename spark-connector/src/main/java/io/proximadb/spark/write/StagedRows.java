package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowSelector;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.roaringbitmap.RoaringBitmap;

/**
 * What the tasks of a job staged, open where it is, for as long as the driver commits it. Ids stay
 * in the files' own indexes, which are sorted by hash, so a job's rows need not fit the driver.
 */
final class StagedRows implements AutoCloseable {
  private final CollectionTable table;
  private final List<StagedSegment> segments;
  private final List<DataFile> staged = new ArrayList<>();
  private final List<SegmentReader> readers = new ArrayList<>();

  private StagedRows(CollectionTable table, List<StagedSegment> segments) {
    this.table = table;
    this.segments = segments;
    try {
      for (StagedSegment segment : segments) {
        DataFile file =
            DataFiles.builder(table.table().spec())
                .copy(segment.dataFile())
                .withPath(segment.stagedLocation())
                .build();
        staged.add(file);
        readers.add(Segments.open(table.context(), file));
      }
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Opens what messages tell of. */
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

  /** How many rows there are. */
  long rowCount() {
    return segments.stream().mapToLong(segment -> segment.dataFile().recordCount()).sum();
  }

  /** The files, where they are now. */
  List<DataFile> staged() {
    return staged;
  }

  /** The rows of another file that have the id of one of these. */
  RoaringBitmap sameIds(SegmentReader other) {
    RoaringBitmap found = new RoaringBitmap();
    readers.forEach(reader -> found.or(other.findAll(reader.ids())));
    return found;
  }

  /** Selects the rows of live files that these replace. */
  RowSelector superseded() {
    return file -> {
      try (SegmentReader reader = Segments.open(table.context(), file.dataFile())) {
        return sameIds(reader);
      }
    };
  }

  /**
   * Checks that no id stands in two rows, by a merge of the files' indexes.
   *
   * @throws InvalidArgumentException if one does
   */
  void checkDistinct() {
    PriorityQueue<Cursor> next =
        new PriorityQueue<>((one, other) -> Long.compareUnsigned(one.hash(), other.hash()));
    for (SegmentReader reader : readers) {
      Cursor cursor = new Cursor(reader.ids());
      if (cursor.isAtRow()) {
        next.add(cursor);
      }
    }
    List<String> sameHash = new ArrayList<>();
    long hash = 0;
    while (!next.isEmpty()) {
      Cursor first = next.remove();
      Cursor second = next.peek();
      boolean continues = !sameHash.isEmpty() && first.hash() == hash;
      boolean shared = second != null && second.hash() == first.hash();
      if (!continues) {
        sameHash.clear();
      }
      if (continues || shared || first.nextHasSameHash()) {
        hash = first.hash();
        String id = first.id();
        if (sameHash.contains(id)) {
          throw new InvalidArgumentException(
              "Invalid id: '" + id + "' stands twice in this job (expected each id once)");
        }
        sameHash.add(id);
      }
      if (first.advance()) {
        next.add(first);
      }
    }
  }

  /** A place in the sorted ids of a file. */
  private static final class Cursor {
    private final IdSet ids;
    private int at;

    Cursor(IdSet ids) {
      this.ids = ids;
    }

    boolean isAtRow() {
      return at < ids.size();
    }

    long hash() {
      return ids.hash(at);
    }

    boolean nextHasSameHash() {
      return at + 1 < ids.size() && ids.hash(at + 1) == ids.hash(at);
    }

    String id() {
      return ids.id(at);
    }

    boolean advance() {
      at++;
      return isAtRow();
    }
  }

  @Override
  public void close() {
    readers.forEach(SegmentReader::close);
  }
}
