package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchRequest;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceStats;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers, readers, flushes, compactions and expiry at the same time. Each record's history is a
 * row of numbers, of which some are deletions or expired; every read of a record must show a state
 * that it had between the last acknowledgement before the read began and the last write that was
 * begun before the read ended, and never one before what the same reader saw.
 */
class ConcurrentReadsTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int WRITERS = 2;
  private static final int READERS = 3;
  private static final int IDS = 200;
  private static final int WRITES = Integer.getInteger("proximadb.test.concurrent-writes", 500);
  private static final int UNIT = 8;

  @TempDir Path warehouse;

  /** The number of the last write of each record that was begun, and that was acknowledged. */
  private final AtomicLongArray begun = new AtomicLongArray(IDS);

  private final AtomicLongArray acknowledged = new AtomicLongArray(IDS);
  private final AtomicBoolean writing = new AtomicBoolean(true);

  /** A record is gone after writes of these numbers: deleted, or written with an expiry past. */
  private static boolean isGone(long number) {
    return number == 0 || number % 5 == 3 || number % 7 == 4;
  }

  private static boolean expires(long number) {
    return number % 5 != 3;
  }

  private static String id(int record) {
    return "r" + record;
  }

  @Test
  void everyReadShowsAStateThatWas() throws Exception {
    EngineOptions options =
        EngineOptions.local(warehouse)
            .withFlush(32 << 10, Duration.ofMillis(50))
            .withRefreshInterval(Duration.ofMillis(1));
    Random seeds = Seed.random("ConcurrentReadsTest");
    ExecutorService pool = Executors.newCachedThreadPool();
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      List<Callable<Long>> readers = new ArrayList<>();
      for (int i = 0; i < READERS; i++) {
        Random random = new Random(seeds.nextLong());
        readers.add(() -> read(docs, random));
      }
      List<Future<Long>> reads = new ArrayList<>();
      readers.forEach(reader -> reads.add(pool.submit(reader)));
      List<Future<Long>> writes = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        int first = writer * (IDS / WRITERS);
        Random random = new Random(seeds.nextLong());
        writes.add(pool.submit(() -> write(docs, first, random)));
      }
      try {
        for (Future<Long> write : writes) {
          write.get();
        }
      } finally {
        writing.set(false);
      }
      for (Future<Long> read : reads) {
        assertThat(read.get()).isPositive();
      }
      MaintenanceStats.Totals compactions =
          engine.maintenanceStats().works().get(MaintenanceWork.Kind.COMPACTION);
      assertThat(compactions).isNotNull();
      assertThat(compactions.steps()).isPositive();
      assertThat(compactions.failures()).as(compactions.lastError()).isZero();
      check(docs, new long[IDS], new Random(seeds.nextLong()));
    } finally {
      pool.shutdownNow();
    }
  }

  private long write(Collection docs, int first, Random random) {
    for (int i = 0; i < WRITES; i++) {
      Map<Integer, Long> unit = new HashMap<>();
      for (int j = 0; j < UNIT; j++) {
        int record = first + random.nextInt(IDS / WRITERS);
        unit.computeIfAbsent(record, begun::incrementAndGet);
      }
      List<VectorRecord> puts = new ArrayList<>();
      List<String> deletes = new ArrayList<>();
      unit.forEach(
          (record, number) -> {
            if (isGone(number) && !expires(number)) {
              deletes.add(id(record));
            } else {
              VectorRecord put = Records.of(id(record), number);
              puts.add(isGone(number) ? put.expiringAt(Instant.EPOCH.plusSeconds(1)) : put);
            }
          });
      docs.upsert(puts);
      docs.delete(deletes);
      unit.forEach(acknowledged::set);
    }
    return WRITES;
  }

  private long read(Collection docs, Random random) {
    long[] seen = new long[IDS];
    long count = 0;
    while (writing.get()) {
      check(docs, seen, random);
      count++;
    }
    return count;
  }

  private void check(Collection docs, long[] seen, Random random) {
    long[] from = new long[IDS];
    for (int record = 0; record < IDS; record++) {
      from[record] = Math.max(seen[record], acknowledged.get(record));
    }
    int way = random.nextInt(4);
    Map<Integer, Long> found =
        switch (way) {
          case 0 -> scan(docs);
          case 1 -> search(docs);
          default -> get(docs, random);
        };
    for (int record = 0; record < IDS; record++) {
      long number = found.getOrDefault(record, -1L);
      if (number == NOT_ASKED) {
        continue;
      }
      long last = begun.get(record);
      if (number >= 0) {
        assertThat(number).as("%s by way %s", id(record), way).isBetween(from[record], last);
        assertThat(isGone(number)).as("%s is gone as of %s", id(record), number).isFalse();
        seen[record] = number;
      } else {
        assertThat(wasGone(from[record], last))
            .as("%s is missing by way %s, from %s to %s", id(record), way, from[record], last)
            .isTrue();
        seen[record] = from[record];
      }
    }
  }

  private static final long NOT_ASKED = -2;

  private static boolean wasGone(long from, long to) {
    for (long number = from; number <= to; number++) {
      if (isGone(number)) {
        return true;
      }
    }
    return false;
  }

  private static void put(Map<Integer, Long> found, String id, long number) {
    Long before = found.put(Integer.parseInt(id.substring(1)), number);
    assertThat(before).as("%s is there twice", id).isNull();
  }

  private static Map<Integer, Long> scan(Collection docs) {
    Map<Integer, Long> found = new HashMap<>();
    try (ScanResult scan =
        docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", "number")))) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          put(found, (String) batch.column("id").value(i), (Long) batch.column("number").value(i));
        }
      }
    }
    return found;
  }

  private static Map<Integer, Long> search(Collection docs) {
    Map<Integer, Long> found = new HashMap<>();
    docs.search(SearchRequest.of(new float[Records.DIMENSION], IDS))
        .hits()
        .forEach(hit -> put(found, hit.id(), (Long) hit.fields().get("number")));
    return found;
  }

  private static Map<Integer, Long> get(Collection docs, Random random) {
    Map<Integer, Long> found = new HashMap<>();
    for (int record = 0; record < IDS; record++) {
      found.put(record, NOT_ASKED);
    }
    List<String> ids = new ArrayList<>();
    int first = random.nextInt(IDS - 10);
    for (int record = first; record < first + 10; record++) {
      ids.add(id(record));
      found.remove(record);
    }
    docs.get(ids).forEach(record -> put(found, record.record().id(), Records.number(record)));
    return found;
  }
}
