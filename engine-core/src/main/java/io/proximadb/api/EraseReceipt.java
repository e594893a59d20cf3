package io.proximadb.api;

import io.proximadb.model.CollectionName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/**
 * What an erasure did and found out. {@link #isComplete()} tells whether anything that ProximaDB
 * knows of may still hold the records.
 *
 * @param name the collection
 * @param tableUuid the table
 * @param ids that were asked for
 * @param found those of them of which rows were found in data files, live or not
 * @param rows rows of these ids that were in the data files of the current snapshot, deleted ones
 *     included; files of earlier snapshots are removed whole and not counted by rows
 * @param snapshotBefore the current snapshot before; empty if there was none
 * @param snapshotAfter the current snapshot afterwards
 * @param snapshotsExpired snapshots that were removed
 * @param references tags and branches that were removed, pins among them, each with its snapshot
 * @param rewritten what was written anew without the records
 * @param removed what was physically deleted
 * @param verified what was looked at afterwards, one sentence each; each held
 * @param remaining what may still hold the records and was left, with the reason and what to do;
 *     empty if the erasure is complete
 * @param outOfReach what no erasure reaches, for whoever keeps records of erasures
 */
public record EraseReceipt(
    CollectionName name,
    UUID tableUuid,
    Set<String> ids,
    Set<String> found,
    long rows,
    OptionalLong snapshotBefore,
    OptionalLong snapshotAfter,
    long snapshotsExpired,
    List<String> references,
    Map<Kind, Files> rewritten,
    Map<Kind, Files> removed,
    List<String> verified,
    List<String> remaining,
    List<String> outOfReach) {
  /** Most names that a receipt lists of one kind; the count goes on. */
  public static final int MAX_NAMES = 1_000;

  /** Kinds of things that can hold a record. */
  public enum Kind {
    DATA_FILE,
    DELETE_FILE,
    SIDE_FILE,
    MANIFEST,
    METADATA_FILE,
    STATISTICS_FILE,
    STRAY_FILE,
    LOG_SEGMENT,
    MIRROR_OBJECT,
    CACHED_BLOCK
  }

  /**
   * Things of one kind.
   *
   * @param count how many
   * @param names the first {@link #MAX_NAMES} of them; of cached blocks none
   */
  public record Files(long count, List<String> names) {
    /** None. */
    public static final Files NONE = new Files(0, List.of());

    public Files {
      names = List.copyOf(names.subList(0, Math.min(names.size(), MAX_NAMES)));
    }

    /** These by their names. */
    public static Files of(List<String> names) {
      return new Files(names.size(), names);
    }
  }

  public EraseReceipt {
    ids = Set.copyOf(ids);
    found = Set.copyOf(found);
    references = List.copyOf(references);
    rewritten = Map.copyOf(rewritten);
    removed = Map.copyOf(removed);
    verified = List.copyOf(verified);
    remaining = List.copyOf(remaining);
    outOfReach = List.copyOf(outOfReach);
  }

  /** True if nothing in reach holds the records any more. */
  public boolean isComplete() {
    return remaining.isEmpty();
  }

  /** What was deleted of a kind. */
  public Files removed(Kind kind) {
    return removed.getOrDefault(kind, Files.NONE);
  }

  /** What was written anew of a kind. */
  public Files rewritten(Kind kind) {
    return rewritten.getOrDefault(kind, Files.NONE);
  }

  /** How many were removed, by kind, in the order of the kinds; for reports. */
  public Map<Kind, Long> removedCounts() {
    Map<Kind, Long> counts = new LinkedHashMap<>();
    for (Kind kind : Kind.values()) {
      if (removed(kind).count() > 0) {
        counts.put(kind, removed(kind).count());
      }
    }
    return counts;
  }
}
