package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.memtable.Memtable;
import io.proximadb.memtable.MemtableEntry;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.ColumnCache;
import io.proximadb.mvcc.HiddenRows;
import io.proximadb.mvcc.IndexMemory;
import io.proximadb.mvcc.SegmentHandle;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.IdKeys;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Makes the state of a table's current snapshot, keeping open what the state before had open.
 *
 * <p>Two phases: {@link #open} reads files and may take its time; {@link Opened#state} is quick and
 * runs under the write lock, where no version can slip between "hide what the memtables replace"
 * and the swap.
 */
final class StateBuilder {
  /** Ids of a memtable looked up in one go. */
  private static final int LOOKED_UP_AT_ONCE = 1_024;

  private final ColumnCache columns;
  private final IndexMemory indexes;

  StateBuilder(ColumnCache columns, IndexMemory indexes) {
    this.columns = columns;
    this.indexes = indexes;
  }

  /** Opens the files of the table's current snapshot that the state before does not have. */
  Opened open(CollectionTable table, CollectionState before) {
    OptionalLong snapshotId = table.snapshotId();
    List<LiveFile> files =
        snapshotId.isPresent() ? table.liveFiles(snapshotId.getAsLong()) : List.of();
    return open(table.context(), snapshotId, files, before);
  }

  /** Opens the files of any snapshot that the state before does not have. */
  Opened open(
      TableContext context, OptionalLong snapshotId, List<LiveFile> files, CollectionState before) {
    Map<String, SegmentView> known = new HashMap<>();
    before.segments().forEach(segment -> known.put(segment.handle().location(), segment));
    boolean sameSchema = context.hasSchemaOf(before.context());
    List<Planned> planned = new ArrayList<>();
    try {
      for (LiveFile file : files) {
        planned.add(plan(context, file, known.get(file.location()), sameSchema));
      }
    } catch (RuntimeException e) {
      Opened.release(planned);
      throw e;
    }
    return new Opened(context, snapshotId, planned);
  }

  private Planned plan(
      TableContext context, LiveFile file, @Nullable SegmentView known, boolean sameSchema) {
    // An open file shows the columns of the schema that it was opened under: pins keep theirs.
    SegmentHandle open = known != null && sameSchema ? known.handle() : null;
    if (known != null && open != null && known.file().sameDeletes(file)) {
      return new Planned(open, false, file, known.deleted(), known);
    }
    RoaringBitmap deleted = file.deletedPositions(context);
    if (open != null) {
      deleted.or(open.reader().rowsWithoutId());
      return new Planned(open, false, file, deleted, known);
    }
    SegmentReader reader = Segments.open(context, file.dataFile());
    try {
      deleted.or(reader.rowsWithoutId());
      SegmentHandle handle = new SegmentHandle(reader, context.icebergSchema(), columns, indexes);
      return new Planned(handle, true, file, deleted, known);
    } catch (RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  /**
   * A file of the state to be.
   *
   * @param handle the open file
   * @param opened true if it was opened for the state to be; this object then holds its only
   *     reference
   * @param file the file with its deletes
   * @param deleted the positions that they delete
   * @param before how the state before sees it, or null if the file is new
   */
  private record Planned(
      SegmentHandle handle,
      boolean opened,
      LiveFile file,
      RoaringBitmap deleted,
      @Nullable SegmentView before) {
    SegmentView view(HiddenRows hidden) {
      if (before == null) {
        return new SegmentView(handle, file, deleted, hidden);
      }
      SegmentView view =
          before.file().sameDeletes(file) ? before : before.withDeletes(file, deleted);
      return opened ? view.withHandle(handle) : view;
    }

    private void hideReplaced(List<MemtableEntry> versions, HiddenRows hidden) {
      int[] positions = new int[Math.min(versions.size(), LOOKED_UP_AT_ONCE)];
      for (int from = 0; from < versions.size(); from += LOOKED_UP_AT_ONCE) {
        List<MemtableEntry> some =
            versions.subList(from, Math.min(versions.size(), from + LOOKED_UP_AT_ONCE));
        handle
            .reader()
            .find(
                IdKeys.of(
                    some.stream().map(MemtableEntry::id).toList(),
                    some.stream().mapToLong(MemtableEntry::idHash).toArray()),
                positions);
        for (int i = 0; i < some.size(); i++) {
          if (positions[i] >= 0) {
            hidden.hide(positions[i], some.get(i).sequence());
          }
        }
      }
    }
  }

  /** Files that are open and wait to become a state; ends with one of its two methods. */
  static final class Opened {
    private final TableContext context;
    private final OptionalLong snapshotId;
    private final List<Planned> planned;

    /** Of each file, what memtables replace in it. */
    private final List<HiddenRows> hidden;

    /** The memtables of which versions up to a number have been looked up. */
    private List<Memtable> hiddenOf = List.of();

    private long hiddenUpTo;
    private boolean released;

    private Opened(TableContext context, OptionalLong snapshotId, List<Planned> planned) {
      this.context = context;
      this.snapshotId = snapshotId;
      this.planned = planned;
      this.hidden = new ArrayList<>();
      planned.forEach(file -> hidden.add(new HiddenRows()));
    }

    /** The table as the state will have it. */
    TableContext context() {
      return context;
    }

    /**
     * Looks up what the versions in these memtables replace, ahead of {@link #state} and not under
     * the lock: writers need not wait for what is there already. Versions may arrive meanwhile.
     */
    void hideAhead(List<Memtable> memtables) {
      // First of all: what arrives from now on is above it.
      long upTo = memtables.stream().mapToLong(Memtable::lastSequence).max().orElse(0);
      hide(memtables, 0, upTo);
      hiddenOf = List.copyOf(memtables);
      hiddenUpTo = upTo;
    }

    /** Hides rows of new files that versions above one sequence, up to another, replace. */
    private void hide(List<Memtable> memtables, long above, long upTo) {
      if (planned.stream().allMatch(file -> file.before() != null)) {
        return;
      }
      for (Memtable memtable : memtables) {
        List<MemtableEntry> versions =
            memtable.versionsAfter(above).stream()
                .filter(version -> version.sequence() <= upTo)
                .toList();
        for (int i = 0; i < planned.size() && !versions.isEmpty(); i++) {
          if (planned.get(i).before() == null) {
            planned.get(i).hideReplaced(versions, hidden.get(i));
          }
        }
      }
    }

    /** The state with these memtables, whose versions hide the rows they replace. */
    CollectionState state(long flushedSequence, List<Memtable> memtables) {
      if (!memtables.containsAll(hiddenOf)) {
        // What was flushed meanwhile must not hide what it became.
        hidden.replaceAll(known -> new HiddenRows());
        hiddenUpTo = 0;
      }
      hide(memtables, hiddenUpTo, Long.MAX_VALUE);
      List<SegmentView> segments = new ArrayList<>();
      for (int i = 0; i < planned.size(); i++) {
        segments.add(planned.get(i).view(hidden.get(i)));
      }
      CollectionState state =
          new CollectionState(context, snapshotId, flushedSequence, segments, memtables);
      release();
      return state;
    }

    /** Lets go of files that will not become a state. A second time does nothing. */
    void release() {
      if (!released) {
        released = true;
        release(planned);
      }
    }

    private static void release(List<Planned> files) {
      for (Planned file : files) {
        if (file.opened()) {
          file.handle().release();
        }
      }
    }
  }
}
