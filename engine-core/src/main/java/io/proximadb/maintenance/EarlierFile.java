package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.ProximaException;
import io.proximadb.index.EarlierIndex;
import io.proximadb.index.IndexFiles;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotChanges;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that a commit removed when it added another one, as compaction does, and its index. Both
 * are there until the snapshot before expires.
 */
final class EarlierFile implements EarlierIndex, Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierFile.class);

  /** Snapshots that are looked through for the commit of a file: it was a short while ago. */
  private static final int MAX_SNAPSHOTS = 50;

  private static final int NONE = -1;

  private final SegmentReader earlier;
  private final SegmentIndex index;
  private final SegmentReader now;
  private final String field;

  private EarlierFile(SegmentReader earlier, SegmentIndex index, SegmentReader now, String field) {
    this.earlier = earlier;
    this.index = index;
    this.now = now;
    this.field = field;
  }

  /**
   * Finds the largest file whose rows went into another one.
   *
   * @param now the other one
   * @param definition of an index of a vector field
   * @param spareBytes of memory that its index may take
   * @return null if there is none that has an index and can be read
   */
  static @Nullable EarlierFile find(
      CollectionTable table, SegmentReader now, IndexDefinition definition, long spareBytes) {
    try {
      return open(
          table.context(),
          removedFor(table.table(), now.dataFile().location()),
          now,
          definition,
          spareBytes);
    } catch (ProximaException
        | org.apache.iceberg.exceptions.NotFoundException
        | RuntimeIOException e) {
      LOG.debug("Not carrying an index over: {}", e.getMessage());
      return null;
    }
  }

  /**
   * Opens the first of several files that has an index, for who does not have the table.
   *
   * @param files whose rows went into the other one
   * @return null if there is none that has an index and can be read
   */
  static @Nullable EarlierFile open(
      TableContext context,
      List<DataFile> files,
      SegmentReader now,
      IndexDefinition definition,
      long spareBytes) {
    try {
      for (DataFile file : files) {
        if (IndexFiles.length(context, file.location(), definition) > spareBytes) {
          continue;
        }
        SegmentIndex index = IndexFiles.read(context, file.location(), definition);
        if (index != null) {
          return new EarlierFile(Segments.open(context, file), index, now, definition.field());
        }
      }
    } catch (ProximaException
        | org.apache.iceberg.exceptions.NotFoundException
        | RuntimeIOException e) {
      LOG.debug("Not carrying an index over: {}", e.getMessage());
    }
    return null;
  }

  /**
   * For each file that a recent commit added, the files that the commit removed, the largest first.
   */
  static Map<String, List<DataFile>> removedForAll(Table table) {
    Map<String, List<DataFile>> removedFor = new HashMap<>();
    try {
      Snapshot snapshot = table.currentSnapshot();
      for (int i = 0; i < MAX_SNAPSHOTS && snapshot != null; i++) {
        SnapshotChanges changes = SnapshotChanges.builderFor(table).snapshot(snapshot).build();
        List<DataFile> removed = removed(changes);
        if (!removed.isEmpty()) {
          changes.addedDataFiles().forEach(file -> removedFor.put(file.location(), removed));
        }
        Long parent = snapshot.parentId();
        snapshot = parent == null ? null : table.snapshot(parent);
      }
    } catch (ProximaException
        | org.apache.iceberg.exceptions.NotFoundException
        | RuntimeIOException e) {
      // Manifests of snapshots that expire meanwhile may be gone.
      LOG.debug("Not carrying all indexes over: {}", e.getMessage());
    }
    return removedFor;
  }

  /** The files that the commit removed which added a file, the largest first. */
  private static List<DataFile> removedFor(Table table, String location) {
    Snapshot snapshot = table.currentSnapshot();
    for (int i = 0; i < MAX_SNAPSHOTS && snapshot != null; i++) {
      SnapshotChanges changes = SnapshotChanges.builderFor(table).snapshot(snapshot).build();
      for (DataFile added : changes.addedDataFiles()) {
        if (added.location().equals(location)) {
          return removed(changes);
        }
      }
      Long parent = snapshot.parentId();
      snapshot = parent == null ? null : table.snapshot(parent);
    }
    return List.of();
  }

  private static List<DataFile> removed(SnapshotChanges changes) {
    List<DataFile> removed = new ArrayList<>();
    changes.removedDataFiles().forEach(removed::add);
    removed.sort(Comparator.comparingLong(DataFile::recordCount).reversed());
    return removed;
  }

  @Override
  public SegmentIndex index() {
    return index;
  }

  @Override
  public int[] rowsBefore() {
    int[] before = new int[now.rowCount()];
    Arrays.fill(before, NONE);
    if (!earlier.hasVectors(field) || earlier.rowCount() != index.rowCount()) {
      return before;
    }
    VectorRows rows = now.vectors(field);
    VectorRows earlierRows = earlier.vectors(field);
    if (rows.dimension() != earlierRows.dimension()) {
      return before;
    }
    try {
      compare(rows, earlierRows, before);
    } catch (ProximaException
        | org.apache.iceberg.exceptions.NotFoundException
        | RuntimeIOException e) {
      // The earlier file may be damaged, or gone with its snapshot. The rest is not carried over.
      LOG.debug("Not carrying all of an index over: {}", e.getMessage());
    }
    return before;
  }

  private void compare(VectorRows rows, VectorRows earlierRows, int[] before) {
    float[] vector = new float[rows.dimension()];
    float[] earlierVector = new float[rows.dimension()];
    for (int row = 0; row < before.length; row++) {
      int position = earlier.find(now.id(row));
      if (position >= 0) {
        rows.copy(row, 1, vector, 0);
        earlierRows.copy(position, 1, earlierVector, 0);
        before[row] = Arrays.equals(vector, earlierVector) ? position : NONE;
      }
    }
  }

  @Override
  public void close() {
    earlier.close();
  }
}
