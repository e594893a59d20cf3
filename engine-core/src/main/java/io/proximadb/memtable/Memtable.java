package io.proximadb.memtable;

import io.proximadb.model.Row;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Versions of records ordered by id, then by sequence descending, so that the newest version that a
 * reader may see is the first one at or after {@code (id, its sequence)}.
 *
 * <p>One thread writes at a time, any number read meanwhile. A reader that passes the sequence it
 * pinned sees the same versions however often it looks.
 */
public final class Memtable {
  /** By id, then the newest first. Compared at each step of a look: no comparator in between. */
  private record Key(String id, long sequence) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byId = id.compareTo(other.id);
      return byId != 0 ? byId : Long.compare(other.sequence, sequence);
    }
  }

  private final ConcurrentNavigableMap<Key, MemtableEntry> entries = new ConcurrentSkipListMap<>();

  /** The newest version of each record: what nearly every look by id wants, found at once. */
  private final ConcurrentMap<String, MemtableEntry> latest = new ConcurrentHashMap<>();

  private final AtomicLong bytes = new AtomicLong();
  private final LongAdder count = new LongAdder();
  private volatile long lastSequence;
  private volatile long firstAcceptedMicros = Long.MAX_VALUE;

  /** Adds a version; sequences ascend. */
  public void put(MemtableEntry entry, long acceptedMicros) {
    assert entry.sequence() > lastSequence;
    // Ordered first: who finds a version that is too new finds the one before it there.
    entries.put(new Key(entry.id(), entry.sequence()), entry);
    latest.put(entry.id(), entry);
    bytes.addAndGet(entry.estimatedBytes());
    if (firstAcceptedMicros == Long.MAX_VALUE) {
      firstAcceptedMicros = acceptedMicros;
    }
    lastSequence = entry.sequence();
    count.increment();
  }

  /** A memtable of the same versions with other rows; nobody writes to this one meanwhile. */
  public Memtable withRows(UnaryOperator<Row> conversion) {
    Memtable copy = new Memtable();
    entries.forEach(
        (key, entry) -> {
          MemtableEntry converted = entry.withRow(conversion);
          copy.entries.put(key, converted);
          // Of one id the newest comes first.
          copy.latest.putIfAbsent(converted.id(), converted);
          copy.bytes.addAndGet(converted.estimatedBytes());
          copy.count.increment();
        });
    copy.lastSequence = lastSequence;
    copy.firstAcceptedMicros = firstAcceptedMicros;
    return copy;
  }

  /** The newest version of a record up to a sequence, or null if this memtable has none. */
  public @Nullable MemtableEntry get(String id, long sequence) {
    MemtableEntry newest = latest.get(id);
    if (newest == null || newest.sequence() <= sequence) {
      return newest;
    }
    Map.Entry<Key, MemtableEntry> found = entries.ceilingEntry(new Key(id, sequence));
    return found != null && found.getKey().id().equals(id) ? found.getValue() : null;
  }

  /** For each record its newest version up to a sequence, deletions too, in order of ids. */
  public Iterable<MemtableEntry> newest(long sequence) {
    return () -> new NewestIterator(entries.values().iterator(), sequence);
  }

  /** All versions. */
  public Iterable<MemtableEntry> versions() {
    return entries.values();
  }

  public boolean isEmpty() {
    return entries.isEmpty();
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
    private final Iterator<MemtableEntry> all;
    private final long sequence;
    private @Nullable String lastId;
    private @Nullable MemtableEntry next;

    NewestIterator(Iterator<MemtableEntry> all, long sequence) {
      this.all = all;
      this.sequence = sequence;
      advance();
    }

    private void advance() {
      next = null;
      while (next == null && all.hasNext()) {
        MemtableEntry entry = all.next();
        if (entry.sequence() <= sequence && !entry.id().equals(lastId)) {
          lastId = entry.id();
          next = entry;
        }
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
