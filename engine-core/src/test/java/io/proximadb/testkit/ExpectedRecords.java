package io.proximadb.testkit;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * What {@link CollectionModel}'s collection should hold: its live records, what of them is in the
 * table, what is in the log alone, and what is in the logs of engines that died as owners.
 */
final class ExpectedRecords {
  static final long NO_EXPIRY = Long.MAX_VALUE;

  /**
   * A record.
   *
   * @param extra value of the column that comes and goes; null for none
   */
  record Expected(long number, Long extra, long expiresAtMicros) {
    boolean isLive(long nowMicros) {
      return expiresAtMicros > nowMicros;
    }
  }

  /**
   * What a snapshot shows of rows that had not expired when it was made.
   *
   * @param settled true if engines that know Iceberg alone see the same
   */
  record Version(
      Map<String, Expected> rows,
      Optional<String> extraColumn,
      long madeAtMicros,
      boolean settled) {}

  private final boolean sparse;
  private final int ids;
  private final Map<String, Expected> live = new TreeMap<>();
  private final Map<String, Expected> committed = new TreeMap<>();
  private final Set<String> unflushed = new HashSet<>();
  private final Map<Integer, Map<String, Optional<Expected>>> leftInLogs = new HashMap<>();
  private final Map<Long, Version> snapshots = new LinkedHashMap<>();
  private String extraColumn;
  private boolean extraIsLong;
  private int extraColumns;

  /** Records of which the log may hold the new expiry alone. */
  private final Set<String> expiryInLog = new HashSet<>();

  /**
   * Starts without records.
   *
   * @param sparse whether the collection has a sparse field beside the dense one
   * @param ids that records have, at most
   */
  ExpectedRecords(boolean sparse, int ids) {
    this.sparse = sparse;
    this.ids = ids;
  }

  /** How many ids there are; few, so that writes meet. */
  int ids() {
    return ids;
  }

  /** The id of a record that is there or is not. */
  String id(Random random) {
    return "r" + random.nextInt(ids);
  }

  /** Whether the collection has a sparse field beside the dense one. */
  boolean sparse() {
    return sparse;
  }

  Map<String, Expected> live() {
    return live;
  }

  /** What the table holds, of rows that are live at a time. */
  Map<String, Expected> committed(long nowMicros) {
    Map<String, Expected> rows = new TreeMap<>(committed);
    rows.values().removeIf(row -> !row.isLive(nowMicros));
    return rows;
  }

  void expire(long nowMicros) {
    live.values().removeIf(record -> !record.isLive(nowMicros));
  }

  /** A write of the owner. */
  void put(String id, Expected record) {
    live.put(id, record);
    unflushed.add(id);
    expiryInLog.remove(id);
  }

  /** A change of expiry by the owner. */
  void setExpiry(String id, long expiresAtMicros) {
    Expected record = live.get(id);
    put(id, new Expected(record.number(), record.extra(), expiresAtMicros));
    expiryInLog.add(id);
  }

  void remove(String id) {
    live.remove(id);
    unflushed.add(id);
    expiryInLog.remove(id);
  }

  /** A commit of another writer: what the owner has not flushed lands later. */
  void commitOfOther(String id, Expected record) {
    if (record == null) {
      committed.remove(id);
    } else {
      committed.put(id, record);
    }
    if (unflushed.contains(id)) {
      return;
    }
    if (record == null) {
      live.remove(id);
    } else {
      live.put(id, record);
    }
  }

  /** All that the owner holds is in the table. */
  void flushed() {
    committed.clear();
    committed.putAll(live);
    unflushed.clear();
    expiryInLog.clear();
  }

  /**
   * True if the log holds whole records only. Then it does not matter what others write before it
   * is replayed.
   */
  boolean logIsWhole() {
    return expiryInLog.isEmpty();
  }

  /**
   * True if the owner changed the record's expiry alone: after a crash that is applied to what the
   * table then has, so what others write meanwhile would count.
   */
  boolean hasExpiryInLog(String id) {
    return expiryInLog.contains(id);
  }

  /** The owner dies and another engine takes over: what is in its log waits for its return. */
  void leaveInLog(int home) {
    Map<String, Optional<Expected>> left = leftInLogs.computeIfAbsent(home, key -> new TreeMap<>());
    unflushed.forEach(id -> left.put(id, Optional.ofNullable(live.get(id))));
    unflushed.clear();
    live.clear();
    live.putAll(committed);
  }

  /** An engine opens and replays what it had left. */
  void replay(int home) {
    Map<String, Optional<Expected>> left = leftInLogs.remove(home);
    if (left == null) {
      return;
    }
    left.forEach((id, record) -> record.ifPresentOrElse(found -> put(id, found), () -> remove(id)));
  }

  /** The column that comes and goes; null if it is gone. */
  String extraColumn() {
    return extraColumn;
  }

  boolean extraIsLong() {
    return extraIsLong;
  }

  String nextExtraColumn() {
    return "extra" + extraColumns;
  }

  /** The column is there now, renamed or new. */
  void extraColumnIs(String name) {
    if (extraColumn == null) {
      extraIsLong = false;
    }
    extraColumn = name;
    extraColumns++;
  }

  void widenExtraColumn() {
    extraIsLong = true;
  }

  void dropExtraColumn() {
    extraColumn = null;
    live.replaceAll((id, record) -> withoutExtra(record));
    committed.replaceAll((id, record) -> withoutExtra(record));
    leftInLogs
        .values()
        .forEach(
            left -> left.replaceAll((id, record) -> record.map(ExpectedRecords::withoutExtra)));
  }

  private static Expected withoutExtra(Expected record) {
    return new Expected(record.number(), null, record.expiresAtMicros());
  }

  /** Notes what new snapshots show, and forgets those that are gone. */
  void snapshotsAre(Set<Long> ids, long nowMicros, boolean settled) {
    snapshots.keySet().retainAll(ids);
    Version now =
        new Version(committed(nowMicros), Optional.ofNullable(extraColumn), nowMicros, settled);
    ids.forEach(id -> snapshots.putIfAbsent(id, now));
  }

  Map<Long, Version> snapshots() {
    return snapshots;
  }
}
