package io.proximadb.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.Row;
import io.proximadb.testkit.Seed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A reader sees, of each record, the newest version up to its sequence, whatever comes later. */
class MemtableTest {
  private static final int IDS = 200;
  private static final int WRITES = 3_000;

  private static MemtableEntry entry(String id, long sequence, boolean deletion) {
    Row row =
        deletion
            ? null
            : new Row(id, new float[][] {{sequence}}, new Object[0], Row.NO_EXPIRY, sequence, 1);
    return new MemtableEntry(id, id.hashCode(), sequence, row);
  }

  private static Map<String, MemtableEntry> byId(Iterable<MemtableEntry> entries) {
    Map<String, MemtableEntry> found = new HashMap<>();
    entries.forEach(entry -> assertThat(found.put(entry.id(), entry)).isNull());
    return found;
  }

  @Test
  void anySequenceIsSeenAsItWas() {
    Random random = Seed.random("MemtableTest");
    Memtable memtable = new Memtable();
    List<MemtableEntry> history = new ArrayList<>();
    for (long sequence = 1; sequence <= WRITES; sequence++) {
      MemtableEntry entry = entry("r" + random.nextInt(IDS), sequence, random.nextInt(5) == 0);
      memtable.put(entry, sequence);
      history.add(entry);
    }
    assertThat(memtable.count()).isEqualTo(WRITES);
    assertThat(memtable.lastSequence()).isEqualTo(WRITES);
    assertThat(memtable.firstAcceptedMicros()).isEqualTo(1);
    assertThat(memtable.versions()).containsExactlyInAnyOrderElementsOf(history);
    for (int look = 0; look < 50; look++) {
      long sequence = random.nextInt(WRITES + 2);
      Map<String, MemtableEntry> expected = new TreeMap<>();
      history.stream()
          .filter(entry -> entry.sequence() <= sequence)
          .forEach(entry -> expected.put(entry.id(), entry));
      assertThat(byId(memtable.newest(sequence))).isEqualTo(expected);
      assertThat(memtable.newestById(sequence)).containsExactlyElementsOf(expected.values());
      for (int i = 0; i < IDS; i++) {
        assertThat(memtable.get("r" + i, sequence)).isSameAs(expected.get("r" + i));
      }
    }
    Map<String, MemtableEntry> newest = byId(memtable.newest(Long.MAX_VALUE));
    assertThat(memtable.newestByArrival())
        .containsExactlyInAnyOrderElementsOf(newest.values())
        .isSortedAccordingTo(Comparator.comparingLong(MemtableEntry::sequence));
    Memtable copy = memtable.withRows(row -> row.withExpiry(7));
    assertThat(copy.bytes()).isEqualTo(memtable.bytes());
    assertThat(copy.versions()).hasSize(WRITES);
    assertThat(copy.newest(WRITES / 2))
        .filteredOn(entry -> entry.row() != null)
        .isNotEmpty()
        .allMatch(entry -> entry.row().expiresAtMicros() == 7);
  }

  @Test
  void readersMissNothingWhileOneWrites() {
    Memtable memtable = new Memtable();
    AtomicLong written = new AtomicLong();
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              for (long sequence = 1; sequence <= 100 * WRITES; sequence++) {
                memtable.put(entry("r" + sequence % (10 * WRITES), sequence, false), 1);
                written.set(sequence);
              }
            });
    do {
      long sequence = written.get();
      Map<String, MemtableEntry> found = byId(memtable.newest(sequence));
      assertThat(found).hasSize((int) Math.min(sequence, 10L * WRITES));
      found
          .values()
          .forEach(
              entry ->
                  assertThat(entry.sequence()).isBetween(sequence - 10L * WRITES + 1, sequence));
    } while (!writer.isDone());
    writer.join();
  }
}
