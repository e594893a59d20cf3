package io.proximadb.memtable;

import io.proximadb.model.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Versions of records by id, of each the newest first. Not in the order of ids: writes are many,
 * and only flushes and scans want an order, which they make when they begin.
 *
 * <p>One thread writes at a time, any number read meanwhile. A reader that passes the sequence it
 * pinned sees the same versions however often it looks.
 */
public final class Memtable {
  /**
   * A version.
   *
   * @param older the one that it replaced, or null
   * @param previous the one that arrived before, of any record, or null
   */
  private record Version(MemtableEntry entry, @Nullable Version older, @Nullable Version previous) {
    /** The newest up to a sequence, this one or an older one; null if there is none. */
    @Nullable MemtableEntry upTo(long sequence) {
      Version version = this;
      while (version != null && version.entry.sequence() > sequence) {
        version = version.older;
      }
      return version == null ? null : version.entry;
    }
  }

  private final ConcurrentMap<String, Version> records = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private final LongAdder count = new LongAdder();
  private volatile @Nullable Version last;
  private volatile long lastSequence;
  private volatile long firstAcceptedMicros = Long.MAX_VALUE;

  /** Adds a version; sequences ascend. */
  public void put(MemtableEntry entry, long acceptedMicros) {
    assert entry.sequence() > lastSequence;
    add(entry);
    if (firstAcceptedMicros == Long.MAX_VALUE) {
      firstAcceptedMicros = acceptedMicros;
    }
    lastSequence = entry.sequence();
  }

  private void add(MemtableEntry entry) {
    Version older = records.get(entry.id());
    Version added = new Version(entry, older, last);
    records.put(entry.id(), added);
    last = added;
    bytes.addAndGet(entry.estimatedBytes());
    count.increment();
  }

  /** A memtable of the same versions with other rows; nobody writes to this one meanwhile. */
  public Memtable withRows(UnaryOperator<Row> conversion) {
    Memtable copy = new Memtable();
    List<MemtableEntry> all = versions();
    for (int i = all.size() - 1; i >= 0; i--) {
      copy.add(all.get(i).withRow(conversion));
    }
    copy.lastSequence = lastSequence;
    copy.firstAcceptedMicros = firstAcceptedMicros;
    return copy;
  }

  /** The newest version of a record up to a sequence, or null if this memtable has none. */
  public @Nullable MemtableEntry get(String id, long sequence) {
    Version version = records.get(id);
    return version == null ? null : version.upTo(sequence);
  }

  /** For each record its newest version up to a sequence, deletions too, in any order. */
  public Iterable<MemtableEntry> newest(long sequence) {
    return () -> new NewestIterator(records.values().iterator(), sequence);
  }

  /** The same in the order of ids, which is made first. */
  public Iterable<MemtableEntry> newestById(long sequence) {
    List<MemtableEntry> entries = new ArrayList<>();
    newest(sequence).forEach(entries::add);
    entries.sort(Comparator.comparing(MemtableEntry::id));
    return entries;
  }

  /** The newest version of each record, the first that arrived first. Nobody writes meanwhile. */
  public List<MemtableEntry> newestByArrival() {
    List<MemtableEntry> entries = new ArrayList<>(records.size());
    for (Version version = last; version != null; version = version.previous) {
      MemtableEntry newest = get(version.entry.id(), Long.MAX_VALUE);
      if (newest != null && newest.sequence() == version.entry.sequence()) {
        entries.add(newest);
      }
    }
    Collections.reverse(entries);
    return entries;
  }

  /** All versions, the last that arrived first. */
  public List<MemtableEntry> versions() {
    return versionsAfter(Long.MIN_VALUE);
  }

  /** The versions above a sequence, the last that arrived first. */
  public List<MemtableEntry> versionsAfter(long sequence) {
    List<MemtableEntry> after = new ArrayList<>();
    for (Version version = last;
        version != null && version.entry.sequence() > sequence;
        version = version.previous) {
      after.add(version.entry);
    }
    return after;
  }

  public boolean isEmpty() {
    return records.isEmpty();
  }

  /** Versions in it. */
  public long count() {
    return count.sum();
  }

  /** Bytes of heap, roughly. */
  public long bytes() {
    return bytes.get();
  }

  /** The greatest sequence in it; 0 if it is empty. */
  public long lastSequence() {
    return lastSequence;
  }

  /** When its first version was accepted (microseconds since 1970); the far future if empty. */
  public long firstAcceptedMicros() {
    return firstAcceptedMicros;
  }

  private static final class NewestIterator implements Iterator<MemtableEntry> {
    private final Iterator<Version> all;
    private final long sequence;
    private @Nullable MemtableEntry next;

    NewestIterator(Iterator<Version> all, long sequence) {
      this.all = all;
      this.sequence = sequence;
      advance();
    }

    private void advance() {
      next = null;
      while (next == null && all.hasNext()) {
        next = all.next().upTo(sequence);
      }
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public MemtableEntry next() {
      MemtableEntry entry = next;
      if (entry == null) {
        throw new NoSuchElementException();
      }
      advance();
      return entry;
    }
  }
}
