package io.proximadb.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.storage.AttachedFiles;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds the rows that other engines replaced without deleting them: they insert an id that is live
 * in an older file, or twice into one file. Of each id the row of the greatest data sequence number
 * counts; of equal ones that of the greater file location, compared as text; within a file the
 * last.
 */
final class Replaced {
  /*
   * Every row-level commit of ours deletes what is replaced at its parent, and says so in its
   * snapshot. So only files that came after the last such snapshot can replace anything: a table to
   * which no other engine writes is never looked through. Whether the newer row is deleted itself
   * makes no difference: deleting the newest version of a record must not bring an older one back.
   */

  /** Snapshot summary key of commits after which no row is replaced without being deleted. */
  static final String SETTLED = "proximadb.settled";

  /** 32 MiB of positions, by pairs of files. */
  private static final long MAX_BYTES = 32L << 20;

  /** Later files replace rows of earlier ones in this order. */
  private static final Comparator<DataFile> ORDER =
      Comparator.comparingLong(Replaced::sequence).thenComparing(DataFile::location);

  private record Pair(String newer, String older) {}

  private static final Cache<Pair, RoaringBitmap> PAIRS =
      Caffeine.newBuilder()
          .maximumWeight(MAX_BYTES)
          .<Pair, RoaringBitmap>weigher((pair, rows) -> 256 + rows.getSizeInBytes())
          .executor(Runnable::run)
          .build();

  private Replaced() {}

  private static long sequence(DataFile file) {
    Long sequence = file.dataSequenceNumber();
    return sequence == null ? Long.MAX_VALUE : sequence;
  }

  /** The sequence number of the newest snapshot, up to this one, after which nothing was open. */
  static long settledSequence(Table table, long snapshotId) {
    Snapshot snapshot = table.snapshot(snapshotId);
    while (snapshot != null && !snapshot.summary().containsKey(SETTLED)) {
      Long parent = snapshot.parentId();
      snapshot = parent == null ? null : table.snapshot(parent);
    }
    return snapshot == null ? 0 : snapshot.sequenceNumber();
  }

  /**
   * Adds to the files of a snapshot what is replaced in them, and takes away equality deletes that
   * a commit of ours turned into deletion vectors.
   *
   * @param files all files of the snapshot
   * @param settled see {@link #settledSequence}
   */
  static List<LiveFile> find(TableContext table, List<LiveFile> files, long settled) {
    List<DataFile> foreign =
        files.stream()
            .map(LiveFile::dataFile)
            .filter(file -> sequence(file) > settled)
            .sorted(ORDER)
            .toList();
    boolean openDeletes = files.stream().anyMatch(file -> !file.equalityDeletes().isEmpty());
    if (foreign.isEmpty() && !openDeletes) {
      return files;
    }
    if (AttachedFiles.isAttached(table)) {
      return across(table, files);
    }
    List<LiveFile> found = new ArrayList<>(files.size());
    try (Readers newer = new Readers(table)) {
      for (LiveFile file : files) {
        found.add(
            new LiveFile(
                file.dataFile(),
                file.deletes().stream().filter(delete -> isOpen(delete, settled)).toList(),
                replaced(file.dataFile(), foreign, newer)));
      }
    }
    return found;
  }

  /** The same for a table of which nothing is settled. */
  private static List<LiveFile> across(TableContext table, List<LiveFile> files) {
    List<LiveFile> ordered = new ArrayList<>(files);
    ordered.sort(Comparator.comparing(LiveFile::dataFile, ORDER));
    List<LiveFile> found = new ArrayList<>(files.size());
    try (Readers readers = new Readers(table)) {
      List<RoaringBitmap> replaced =
          ReplacedAcross.find(ordered.stream().map(file -> readers.get(file.dataFile())).toList());
      for (int i = 0; i < ordered.size(); i++) {
        LiveFile file = ordered.get(i);
        RoaringBitmap rows = replaced.get(i);
        if (!rows.isEmpty() && !file.deletes().isEmpty()) {
          // What the owner deleted is no row that was merely written again.
          rows.andNot(file.deletedPositions(table));
        }
        found.add(new LiveFile(file.dataFile(), file.deletes(), rows));
      }
    }
    return found;
  }

  private static boolean isOpen(DeleteFile delete, long settled) {
    return switch (delete.content()) {
      case EQUALITY_DELETES ->
          Objects.requireNonNullElse(delete.dataSequenceNumber(), 0L) > settled;
      default -> true;
    };
  }

  private static RoaringBitmap replaced(DataFile file, List<DataFile> foreign, Readers newer) {
    RoaringBitmap rows = new RoaringBitmap();
    SegmentReader reader = null;
    try {
      for (DataFile other : foreign) {
        if (ORDER.compare(other, file) < 0) {
          continue;
        }
        Pair pair = new Pair(other.location(), file.location());
        RoaringBitmap known = PAIRS.getIfPresent(pair);
        if (known == null) {
          reader = reader == null ? newer.older(file) : reader;
          known =
              other.location().equals(file.location())
                  ? reader.repeatedRows()
                  : reader.findAll(newer.get(other).ids());
          PAIRS.put(pair, known);
        }
        rows.or(known);
      }
    } finally {
      newer.doneWith(reader);
    }
    return rows;
  }

  /**
   * The foreign files that are open, each once; the others only as long as they are looked through.
   */
  private static final class Readers implements AutoCloseable {
    private final TableContext table;
    private final Map<String, SegmentReader> open = new HashMap<>();

    Readers(TableContext table) {
      this.table = table;
    }

    SegmentReader get(DataFile file) {
      return open.computeIfAbsent(file.location(), location -> Segments.open(table, file));
    }

    SegmentReader older(DataFile file) {
      SegmentReader known = open.get(file.location());
      return known != null ? known : Segments.open(table, file);
    }

    void doneWith(@Nullable SegmentReader reader) {
      if (reader != null && open.get(reader.dataFile().location()) != reader) {
        reader.close();
      }
    }

    @Override
    public void close() {
      open.values().forEach(SegmentReader::close);
    }
  }
}
