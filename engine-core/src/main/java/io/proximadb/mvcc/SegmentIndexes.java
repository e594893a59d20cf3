package io.proximadb.mvcc;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexFiles;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.TableContext;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The indexes of one open data file, loaded when they are asked for. */
public final class SegmentIndexes {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexes.class);

  private static final Found FEW_ROWS = new Found(null, "files of few rows have none");

  /** A file that was not there, not whole or not admitted is looked for again after that long. */
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final String dataFile;
  private final int rowCount;
  private final IndexMemory memory;
  private final Map<IndexDefinition, Place> places = new ConcurrentHashMap<>();

  SegmentIndexes(String dataFile, int rowCount, IndexMemory memory) {
    this.dataFile = dataFile;
    this.rowCount = rowCount;
    this.memory = memory;
  }

  /** Where an index is kept once it is loaded. */
  private static final class Place {
    private volatile @Nullable LoadedIndex index;

    /** Why there is none. */
    private volatile String reason = "";

    private volatile long retryNanos;
    private volatile long builds;
  }

  /**
   * An index, or why there is none.
   *
   * @param index null if there is none to be had now
   * @param reason in words if there is none
   */
  public record Found(@Nullable LoadedIndex index, String reason) {}

  Found find(TableContext table, IndexDefinition definition) {
    if (rowCount < IndexDefinitions.minRows(table, definition)) {
      return FEW_ROWS;
    }
    Place place = places.computeIfAbsent(definition, key -> new Place());
    LoadedIndex known = place.index;
    if (known != null) {
      known.used();
      return new Found(known, "");
    }
    if (!place.reason.isEmpty()
        && place.builds == memory.builds()
        && System.nanoTime() - place.retryNanos < 0) {
      return new Found(null, place.reason);
    }
    synchronized (place) {
      known = place.index;
      if (known == null) {
        known = load(table, definition, place);
        place.retryNanos = System.nanoTime() + RETRY_NANOS;
      }
      return new Found(known, place.reason);
    }
  }

  private @Nullable LoadedIndex load(TableContext table, IndexDefinition definition, Place place) {
    place.builds = memory.builds();
    try {
      long length = IndexFiles.length(table, dataFile, definition);
      if (length >= 0 && !memory.makeRoom(length)) {
        place.reason = doesNotFit(length);
        return null;
      }
      SegmentIndex read = IndexFiles.read(table, dataFile, definition);
      if (read == null) {
        place.reason = "it is not built yet";
        return null;
      }
      if (read.rowCount() != rowCount) {
        throw new CorruptFileException(
            "Cannot use index "
                + IndexFiles.location(table, dataFile, definition)
                + ": it is of "
                + read.rowCount()
                + " rows (expected "
                + rowCount
                + ", as its data file has)");
      }
      LoadedIndex index = new LoadedIndex(read, () -> place.index = null);
      place.index = index;
      if (!memory.admit(index)) {
        place.index = null;
        place.reason = doesNotFit(read.memoryBytes());
        return null;
      }
      place.reason = "";
      return index;
    } catch (CorruptFileException | UnsupportedVersionException e) {
      LOG.warn("Searching without an index until it is built again: {}", e.getMessage());
      memory.damaged(IndexFiles.location(table, dataFile, definition));
      place.reason = "its file is damaged and has to be built again";
    } catch (UnavailableException e) {
      LOG.warn("Searching without an index: {}", e.getMessage());
      place.reason = "its file could not be read";
    }
    return null;
  }

  private String doesNotFit(long bytes) {
    return "its "
        + bytes
        + " bytes do not fit into the memory for indexes ("
        + memory.maxBytes()
        + " bytes)";
  }

  /** Bytes of those in memory. */
  long memoryBytes(IndexDefinition definition) {
    Place place = places.get(definition);
    LoadedIndex index = place == null ? null : place.index;
    return index != null ? index.memoryBytes() : 0;
  }

  void free() {
    for (Place place : places.values()) {
      LoadedIndex index = place.index;
      if (index != null) {
        memory.remove(index);
      }
    }
  }
}
