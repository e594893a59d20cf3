package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.ForeignEngine;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import io.proximadb.testkit.Traces;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.iceberg.data.Record;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random histories of a collection, by an engine, by jobs and by another engine, with erasures in
 * between: after each no file below warehouse, home and mirror holds a trace of an erased record,
 * and all other records are as they were.
 */
class EraseHistoryTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int ROUNDS = 3;
  private static final int STEPS = 14;
  private static final int IDS = 60;

  @TempDir Path temp;

  private final Random random = Seed.random("EraseHistoryTest");
  private final Map<String, Long> model = new TreeMap<>();

  /** All numbers that a record ever had since it was erased last. */
  private final Map<String, Set<Long>> numbers = new TreeMap<>();

  private long number = 7_300_000_000_000L;
  private Collection docs;

  private EngineOptions options() {
    return Engines.quiet(temp.resolve("warehouse"))
        .withHome(temp.resolve("home"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO)
        .withCatalogProperty("proximadb.wal.segment-bytes", "65536")
        .withCatalogProperty("proximadb.wal.mirror.location", temp.resolve("mirror").toString())
        .withCatalogProperty("proximadb.wal.mirror.mode", random.nextBoolean() ? "sync" : "async");
  }

  @ParameterizedTest
  @CsvSource({"viper,3", "viper,2", "lsm,3", "lsm,2"})
  void onlyTheErasedRecordsAreGoneAndTheyAltogether(String layout, String format) {
    for (int round = 0; round < ROUNDS; round++) {
      try (ProximaEngine engine = ProximaEngine.open(options())) {
        docs =
            round > 0
                ? engine.collection(DOCS)
                : engine.createCollection(
                    DOCS,
                    Records.schema(),
                    Map.of(StorageFormat.LAYOUT_PROPERTY, layout, "format-version", format));
        List<String> steps = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
          steps.add(step(engine));
        }
        String as = layout + " " + format + ", round " + round + ": " + steps;
        erase(as);
        check(as);
        steps.add(step(engine));
        check(as + steps.get(STEPS));
      }
    }
  }

  private String step(ProximaEngine engine) {
    return switch (random.nextInt(12)) {
      case 0, 1, 2 -> upsert(1 + random.nextInt(8));
      case 3 -> upsert(40);
      case 4 -> {
        List<String> ids = List.of(id(), id(), "nobody-" + id());
        docs.delete(ids);
        model.keySet().removeAll(ids);
        yield "delete";
      }
      case 5, 6 -> {
        docs.flush();
        yield "flush";
      }
      case 7 -> {
        engine.maintain(DOCS);
        yield "maintain";
      }
      case 8 -> {
        docs.setTtl(List.of(id()), Duration.ofDays(1));
        yield "ttl";
      }
      case 9 -> job();
      default -> foreign();
    };
  }

  private String id() {
    return "who-%03d-exactly".formatted(random.nextInt(IDS));
  }

  private long next(String id) {
    numbers.computeIfAbsent(id, key -> new HashSet<>()).add(++number);
    model.put(id, number);
    return number;
  }

  private List<VectorRecord> records(int count) {
    Set<String> ids = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      ids.add(id());
    }
    return ids.stream().map(id -> Records.of(id, next(id))).toList();
  }

  private String upsert(int count) {
    docs.upsert(records(count));
    return "upsert";
  }

  /** As Spark and Flink do; the engine has flushed, so that the order of commits is that here. */
  private String job() {
    docs.flush();
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      Tables.upsert(table, records(5));
      String id = id();
      Tables.delete(table, List.of(id));
      model.remove(id);
      long snapshot = table.snapshotId().getAsLong();
      if (random.nextBoolean()) {
        table.table().manageSnapshots().createTag("tag" + snapshot, snapshot).commit();
      } else {
        table.table().manageSnapshots().createBranch("branch" + snapshot, snapshot).commit();
      }
    }
    docs.refresh();
    return "job";
  }

  private String foreign() {
    docs.flush();
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      ForeignEngine foreign = new ForeignEngine(table, random);
      List<Record> rows = new ArrayList<>();
      records(6).forEach(record -> rows.add(foreign.row(record.id(), model.get(record.id()))));
      foreign.append(foreign.write(rows));
      if (random.nextBoolean()) {
        String id = id();
        String nobody = "nobody-" + id();
        foreign.delta(
            List.of(),
            List.of(
                foreign.equalityDelete(
                    List.of("id"), List.of(foreign.row(id, 0), foreign.row(nobody, 0)))));
        model.remove(id);
      }
    }
    docs.refresh();
    return "foreign";
  }

  private void erase(String as) {
    Set<String> ids = new TreeSet<>();
    int count = 1 + random.nextInt(12);
    for (int i = 0; i < count; i++) {
      String id = id();
      ids.add(id);
      ids.add("nobody-" + id);
    }
    Set<Long> gone = new HashSet<>();
    ids.forEach(id -> gone.addAll(numbers.getOrDefault(id, Set.of())));
    EraseReceipt receipt = docs.erase(EraseRequest.of(ids));
    model.keySet().removeAll(ids);
    ids.forEach(numbers::remove);
    assertThat(receipt.remaining()).as(as).isEmpty();
    assertThat(new Traces(ids, gone).in(temp)).as(as).isEmpty();
  }

  private void check(String as) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < IDS; i++) {
      ids.add("who-%03d-exactly".formatted(i));
    }
    Map<String, Long> found = new TreeMap<>();
    for (StoredRecord record : docs.get(ids)) {
      found.put(record.record().id(), Records.number(record));
    }
    assertThat(found).as(as).isEqualTo(model);
    docs.flush();
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      assertThat(Tables.numbers(table)).as(as).isEqualTo(model);
      assertThat(Tables.numbersByIceberg(table).keySet()).as(as).containsAll(model.keySet());
    }
  }
}
