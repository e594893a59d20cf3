package io.proximadb.maintenance;

import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.api.EraseRequest;
import io.proximadb.model.CollectionName;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/** What an erasure notes on its way, for its receipt. Used by one thread. */
public final class EraseNotes {
  /** Lines on what remains; a table with more unfinished files is busy, and asked again. */
  private static final int MAX_REMAINING = 1_000;

  /** Things of one kind: a count that goes on when there are enough names. */
  private static final class Tally {
    private long count;
    private final List<String> names = new ArrayList<>();

    void add(String name) {
      count++;
      if (names.size() < EraseReceipt.MAX_NAMES) {
        names.add(name);
      }
    }

    EraseReceipt.Files files() {
      return new EraseReceipt.Files(count, names);
    }
  }

  private final EraseRequest request;
  private final Map<Kind, Tally> rewritten = new EnumMap<>(Kind.class);
  private final Map<Kind, Tally> removed = new EnumMap<>(Kind.class);
  private final Set<String> found = new LinkedHashSet<>();
  private final List<String> references = new ArrayList<>();
  private final List<String> verified = new ArrayList<>();
  private final List<String> remaining = new ArrayList<>();
  private final List<String> outOfReach = new ArrayList<>();
  private OptionalLong snapshotBefore = OptionalLong.empty();
  private OptionalLong snapshotAfter = OptionalLong.empty();
  private long rows;
  private long snapshotsExpired;
  private long more;

  /** Of an erasure that has done nothing yet. */
  public EraseNotes(EraseRequest request) {
    this.request = request;
  }

  public EraseRequest request() {
    return request;
  }

  void snapshotBefore(OptionalLong snapshot) {
    snapshotBefore = snapshot;
  }

  void snapshotAfter(OptionalLong snapshot) {
    snapshotAfter = snapshot;
  }

  void found(Set<String> ids, long rowCount) {
    found.addAll(ids);
    rows += rowCount;
  }

  void expired(long snapshots) {
    snapshotsExpired += snapshots;
  }

  void reference(String name) {
    references.add(name);
  }

  /** Something was written anew. */
  public void rewritten(Kind kind, String name) {
    rewritten.computeIfAbsent(kind, key -> new Tally()).add(name);
  }

  /** Something was physically deleted. */
  public void removed(Kind kind, String name) {
    removed.computeIfAbsent(kind, key -> new Tally()).add(name);
  }

  /** Something was looked at afterwards, and is as it should be. */
  public void verified(String what) {
    verified.add(what);
  }

  /** Something may still hold the records. */
  public void remaining(String what) {
    if (remaining.size() < MAX_REMAINING) {
      remaining.add(what);
    } else {
      more++;
    }
  }

  /** Something that no erasure reaches. */
  public void outOfReach(String what) {
    outOfReach.add(what);
  }

  /** The receipt. */
  public EraseReceipt receipt(CollectionName name, UUID table) {
    List<String> left = new ArrayList<>(remaining);
    if (more > 0) {
      left.add("and " + more + " more");
    }
    return new EraseReceipt(
        name,
        table,
        request.ids(),
        found,
        rows,
        snapshotBefore,
        snapshotAfter,
        snapshotsExpired,
        references,
        files(rewritten),
        files(removed),
        verified,
        left,
        outOfReach);
  }

  private static Map<Kind, EraseReceipt.Files> files(Map<Kind, Tally> tallies) {
    Map<Kind, EraseReceipt.Files> files = new EnumMap<>(Kind.class);
    tallies.forEach((kind, tally) -> files.put(kind, tally.files()));
    return files;
  }
}
