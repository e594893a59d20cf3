package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.SearchRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.Normalisation;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.query.ScanTask;
import io.proximadb.query.SnapshotScan;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.ForeignEngine;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.data.Record;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An engine, and another that writes to the same table as any Iceberg engine may: ids inserted
 * again or twice, equality deletes, position deletes. After each step all reads agree with a map.
 */
class ForeignHistoryTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int STEPS = 30;
  private static final int IDS = 24;

  @TempDir Path folder;

  private final Random random = Seed.random("ForeignHistoryTest");

  /** What the table holds, id to number. */
  private final Map<String, Long> table = new TreeMap<>();

  /** What the engine has not flushed; empty for deleted. */
  private final Map<String, Optional<Long>> unflushed = new TreeMap<>();

  private final Map<Long, Map<String, Long>> snapshots = new LinkedHashMap<>();
  private long number;
  private CollectionTable docs;
  private Collection collection;
  private ForeignEngine foreign;

  @ParameterizedTest
  @ValueSource(strings = {"3", "2"})
  void everyReadShowsTheNewestRowOfEachId(String formatVersion) {
    EngineOptions options =
        Engines.quiet(folder)
            .withFlush(64 << 20, Duration.ofHours(1))
            .withRefreshInterval(Duration.ZERO);
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      warehouse.create(DOCS, Records.schema(), Map.of("format-version", formatVersion)).refresh();
      docs = warehouse.load(DOCS);
      try (ProximaEngine engine = ProximaEngine.open(options)) {
        collection = engine.collection(DOCS);
        foreign = new ForeignEngine(docs, random);
        for (int step = 0; step < STEPS; step++) {
          String done = step();
          check("format " + formatVersion + ", step " + step + ": " + done);
        }
        collection.flush();
        land();
        normalise();
        check("settled");
        assertThat(Tables.numbersByIceberg(docs)).isEqualTo(table);
        checkSnapshots();
      }
    }
  }

  private String step() {
    return switch (random.nextInt(9)) {
      case 0, 1 -> upsert();
      case 2 -> delete();
      case 3 -> {
        collection.flush();
        land();
        yield "flush";
      }
      case 4, 5 -> append();
      case 6 -> streamingUpsert();
      case 7 -> deleteByEquality();
      default -> random.nextInt(3) == 0 ? settle() : deleteByPosition();
    };
  }

  private String id() {
    return "r" + random.nextInt(IDS);
  }

  private String upsert() {
    Map<String, VectorRecord> records = new TreeMap<>();
    for (int i = random.nextInt(5); i >= 0; i--) {
      String id = id();
      records.put(id, Records.of(id, ++number));
      unflushed.put(id, Optional.of(number));
    }
    collection.upsert(List.copyOf(records.values()));
    return "upsert " + records.keySet();
  }

  private String delete() {
    List<String> ids = List.of(id(), id());
    collection.delete(ids);
    ids.forEach(id -> unflushed.put(id, Optional.empty()));
    return "delete " + ids;
  }

  private void land() {
    unflushed.forEach(
        (id, value) ->
            value.ifPresentOrElse(found -> table.put(id, found), () -> table.remove(id)));
    unflushed.clear();
  }

  private List<Record> rows() {
    List<Record> rows = new ArrayList<>();
    for (int i = random.nextInt(random.nextInt(4) == 0 ? 40 : 6); i >= 0; i--) {
      rows.add(foreign.row(id(), ++number));
    }
    return rows;
  }

  private void put(List<Record> rows) {
    rows.forEach(row -> table.put((String) row.getField("id"), (Long) row.getField("number")));
  }

  /** One file or two of one commit, of which the greater name counts. */
  private String append() {
    List<Record> rows = rows();
    DataFile file = foreign.write(rows);
    if (random.nextInt(3) > 0) {
      foreign.append(file);
      put(rows);
      return "append " + rows.size();
    }
    List<Record> more = rows();
    DataFile second = foreign.write(more);
    foreign.append(file, second);
    boolean inOrder = file.location().compareTo(second.location()) < 0;
    put(inOrder ? rows : more);
    put(inOrder ? more : rows);
    return "append two files";
  }

  private String streamingUpsert() {
    Map<String, Record> rows = new HashMap<>();
    rows().forEach(row -> rows.put((String) row.getField("id"), row));
    List<Record> distinct = List.copyOf(rows.values());
    Record gone = foreign.row(id(), 0);
    List<Record> deleted = new ArrayList<>(distinct);
    deleted.add(gone);
    foreign.delta(
        List.of(foreign.write(distinct)), List.of(foreign.equalityDelete(List.of("id"), deleted)));
    table.remove((String) gone.getField("id"));
    put(distinct);
    return "streaming upsert of " + rows.keySet() + ", deletion of " + gone.getField("id");
  }

  private String deleteByEquality() {
    Record like = foreign.row("", random.nextInt(20));
    boolean both = random.nextBoolean() && !table.isEmpty();
    if (both) {
      List<Map.Entry<String, Long>> entries = List.copyOf(table.entrySet());
      Map.Entry<String, Long> entry = entries.get(random.nextInt(entries.size()));
      like = foreign.row(entry.getKey(), entry.getValue());
      foreign.delta(
          List.of(), List.of(foreign.equalityDelete(List.of("number", "category"), List.of(like))));
      table.remove(entry.getKey());
      return "equality delete of " + entry;
    }
    Object category = like.getField("category");
    foreign.delta(List.of(), List.of(foreign.equalityDelete(List.of("category"), List.of(like))));
    table
        .values()
        .removeIf(
            value -> Objects.equals(category, Records.of("", value).metadata().get("category")));
    return "equality delete of category " + category;
  }

  private String deleteByPosition() {
    docs.refresh();
    String id = id();
    for (LiveFile file : docs.liveFiles()) {
      try (SegmentReader reader = Segments.open(docs.context(), file.dataFile())) {
        int position = reader.find(id);
        if (position >= 0 && !file.deletedPositions(docs.context()).contains(position)) {
          foreign.deletePositions(file, List.of((long) position));
          table.remove(id);
          return "delete position " + position + " of " + id;
        }
      }
    }
    return "nothing";
  }

  private String settle() {
    docs.refresh();
    boolean open = docs.unsettledRows().isPresent();
    assertThat(normalise().done()).isEqualTo(open);
    assertThat(normalise()).isEqualTo(MaintenanceResult.NOTHING);
    return "settle";
  }

  private MaintenanceResult normalise() {
    return new Normalisation().run(new MaintenanceScope(docs, Clock.system(), FailPoints.NONE));
  }

  private void check(String step) {
    Map<String, Long> live = new TreeMap<>(table);
    unflushed.forEach(
        (id, value) -> value.ifPresentOrElse(found -> live.put(id, found), () -> live.remove(id)));
    List<String> wrong = new ArrayList<>();
    assertThat(Reads.read(collection, IDS, "r", wrong)).as(step).isEqualTo(live);
    assertThat(wrong).as(step).isEmpty();
    assertThat(search()).as(step).isEqualTo(live);
    assertThat(
            Reads.count(
                collection.scan(
                    ScanRequest.of(Filter.compare("number", Filter.Operator.GT, 10L), List.of()))))
        .as(step)
        .isEqualTo(live.values().stream().filter(value -> value > 10).count());
    assertThat(collection.describe().dataRows()).as(step).isEqualTo(table.size());
    assertThat(Tables.numbers(docs)).as(step).isEqualTo(table);
    docs.snapshotId().ifPresent(id -> snapshots.put(id, new TreeMap<>(table)));
  }

  private Map<String, Long> search() {
    Map<String, Long> found = new TreeMap<>();
    collection
        .search(SearchRequest.of(Records.vector(random.nextInt(100)), IDS * 2))
        .hits()
        .forEach(hit -> found.put(hit.id(), (Long) hit.fields().get("number")));
    return found;
  }

  /** Older snapshots show what they showed when they were the newest. */
  private void checkSnapshots() {
    docs.refresh();
    snapshots.forEach(
        (snapshot, expected) -> {
          SnapshotScan scan =
              SnapshotScan.of(docs, snapshot, 0, Filter.alwaysTrue(), List.of("id", "number"));
          Map<String, Long> found = new TreeMap<>();
          for (ScanTask task : scan.tasks()) {
            Tables.read(docs, task, found);
          }
          assertThat(found).as("snapshot %s", snapshot).isEqualTo(expected);
        });
  }
}
