package io.proximadb.mvcc;

import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexTraffic;
import io.proximadb.memtable.Memtable;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.TableContext;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a read of a collection needs, at one moment. Immutable but for the memtable that
 * is written to, which hides later versions by their sequence.
 */
public final class CollectionState extends RefCounted {
  private final TableContext context;
  private final OptionalLong snapshotId;
  private final long flushedSequence;
  private final List<SegmentView> segments;
  private final List<Memtable> memtables;
  private final List<IndexDefinition> indexes;
  private final Goals goals;
  private final Map<String, Integer> traffic;

  /**
   * Takes a reference to every segment.
   *
   * @param context the table's schema and files
   * @param snapshotId the Iceberg snapshot that the segments are of
   * @param flushedSequence this engine's writes up to that number are in the files
   * @param segments its data files
   * @param memtables what is not in them yet, newest first; the first is being written to
   */
  public CollectionState(
      TableContext context,
      OptionalLong snapshotId,
      long flushedSequence,
      List<SegmentView> segments,
      List<Memtable> memtables) {
    this.context = context;
    this.snapshotId = snapshotId;
    this.flushedSequence = flushedSequence;
    this.segments = List.copyOf(segments);
    this.memtables = List.copyOf(memtables);
    this.indexes = IndexDefinitions.of(context);
    this.goals = Goals.of(context.properties(), (property, problem) -> {});
    this.traffic = IndexTraffic.of(context.properties());
    this.segments.forEach(segment -> segment.handle().retain());
  }

  public TableContext context() {
    return context;
  }

  public OptionalLong snapshotId() {
    return snapshotId;
  }

  /** This engine's writes up to that number are in the files. */
  public long flushedSequence() {
    return flushedSequence;
  }

  public List<SegmentView> segments() {
    return segments;
  }

  /** The indexes that its files are to have. */
  public List<IndexDefinition> indexes() {
    return indexes;
  }

  /** Those of a field that a search may use, by the hash of its query. */
  public List<IndexDefinition> indexesFor(String field, int hash) {
    return IndexTraffic.usable(indexes, traffic, field, hash);
  }

  /** What the collection is to reach; properties that make no sense state no goal. */
  public Goals goals() {
    return goals;
  }

  public List<Memtable> memtables() {
    return memtables;
  }

  /** The memtable that is written to. */
  public Memtable active() {
    return memtables.get(0);
  }

  /** The newest unflushed version of a record up to a sequence, or null if there is none. */
  public @Nullable MemtableEntry unflushed(String id, long sequence) {
    for (Memtable memtable : memtables) {
      MemtableEntry entry = memtable.get(id, sequence);
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  /** The same files with other memtables. */
  public CollectionState withMemtables(List<Memtable> newMemtables) {
    return new CollectionState(context, snapshotId, flushedSequence, segments, newMemtables);
  }

  @Override
  void free() {
    segments.forEach(segment -> segment.handle().release());
  }
}
