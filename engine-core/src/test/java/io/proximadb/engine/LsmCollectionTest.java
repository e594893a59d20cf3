package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** A collection of the LSM layout, and one that changes its layout, as its users see it. */
class LsmCollectionTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Map<String, String> LSM = Map.of(StorageFormat.LAYOUT_PROPERTY, "lsm");

  @TempDir Path warehouse;
  private final Map<String, Long> model = new TreeMap<>();
  private long number;

  private EngineOptions options() {
    return EngineOptions.local(warehouse)
        .withFlush(64 << 20, Duration.ofDays(1))
        .withCatalogProperty("proximadb.maintenance.threads", "0");
  }

  private void write(Collection docs, Random random, int rows) {
    Map<String, Long> written = new TreeMap<>();
    for (int i = 0; i < rows; i++) {
      written.put("r" + random.nextInt(200), ++number);
    }
    List<VectorRecord> batch = new ArrayList<>();
    written.forEach((id, value) -> batch.add(Records.of(id, value)));
    docs.upsert(batch);
    model.putAll(written);
    String gone = "r" + random.nextInt(200);
    docs.delete(List.of(gone));
    model.remove(gone);
  }

  private void check(Collection docs) {
    Map<String, Long> found = new TreeMap<>();
    docs.get(List.copyOf(model.keySet())).forEach(r -> found.put(r.id(), Records.number(r)));
    assertThat(found).isEqualTo(model);
    assertThat(docs.get("never there")).isEmpty();
    Map<String, Long> scanned = new TreeMap<>();
    try (ScanResult scan =
        docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", "number")))) {
      scan.forEachRemaining(
          batch -> {
            for (int i = 0; i < batch.rowCount(); i++) {
              scanned.put(
                  (String) batch.column("id").value(i), (Long) batch.column("number").value(i));
            }
          });
    }
    assertThat(scanned).isEqualTo(model);
    for (Map.Entry<String, Long> wanted : model.entrySet().stream().limit(5).toList()) {
      SearchHit hit =
          docs.search(SearchRequest.of(Records.vector(wanted.getValue()), 1)).hits().get(0);
      assertThat(hit.id()).isEqualTo(wanted.getKey());
    }
  }

  private static List<String> files(CollectionTable table) {
    table.refresh();
    return table.liveFiles().stream().map(LiveFile::location).toList();
  }

  @Test
  void everythingWorksThroughFlushCompactionAndReopen() {
    Random random = Seed.random("LsmCollectionTest.works");
    try (Warehouse tables = Warehouse.open(options().catalog())) {
      try (ProximaEngine engine = ProximaEngine.open(options())) {
        Collection docs = engine.createCollection(DOCS, Records.schema(), LSM);
        for (int flush = 0; flush < 9; flush++) {
          write(docs, random, 40);
          check(docs);
          docs.flush();
          check(docs);
        }
        CollectionTable table = tables.load(DOCS);
        assertThat(files(table)).allMatch(file -> file.endsWith("-L0.avro"));
        Map<String, String> lineage = lineage(table);
        assertThat(lineage.values()).hasSize(model.size()).doesNotHaveDuplicates();
        assertThat(engine.maintain(DOCS)).isNotEmpty();
        assertThat(files(table)).hasSize(1).allMatch(file -> file.endsWith("-L1.avro"));
        check(docs);
        assertThat(Tables.numbers(table)).isEqualTo(model);
        assertThat(Tables.numbersByIceberg(table)).isEqualTo(model);
        assertThat(lineage(table)).as("rows that only moved").isEqualTo(lineage);
        write(docs, random, 20);
      }
      try (ProximaEngine engine = ProximaEngine.open(options())) {
        Collection docs = engine.collection(DOCS);
        check(docs);
        docs.flush();
        check(docs);
        assertThat(Tables.numbersByIceberg(tables.load(DOCS))).isEqualTo(model);
      }
    }
  }

  /** Iceberg's generics know no lineage, so the readers' is taken. */
  private static Map<String, String> lineage(CollectionTable table) {
    table.refresh();
    Map<String, String> lineage = new TreeMap<>();
    for (LiveFile file : table.liveFiles()) {
      RoaringBitmap dead = file.deletedPositions(table.context());
      try (SegmentReader reader = Segments.open(table.context(), file.dataFile())) {
        RowLineage ofRows = reader.lineage();
        for (int row = 0; row < reader.rowCount(); row++) {
          if (!dead.contains(row)) {
            lineage.put(reader.id(row), ofRows.rowId(row) + " " + ofRows.updatedIn(row));
          }
        }
      }
    }
    return lineage;
  }

  @Test
  void aChangedLayoutIsTakenOverInTheBackground() {
    Random random = Seed.random("LsmCollectionTest.changes");
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse tables = Warehouse.open(options().catalog())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      CollectionTable table = tables.load(DOCS);
      String suffix = ".parquet";
      for (String layout : List.of("lsm", "viper")) {
        for (int flush = 0; flush < 3; flush++) {
          write(docs, random, 50);
          docs.flush();
        }
        String before = suffix;
        assertThat(files(table)).anyMatch(file -> file.endsWith(before));
        table.table().updateProperties().set(StorageFormat.LAYOUT_PROPERTY, layout).commit();
        suffix = layout.equals("lsm") ? ".avro" : ".parquet";
        write(docs, random, 50);
        docs.flush();
        check(docs);
        assertThat(engine.maintain(DOCS)).isNotEmpty();
        String after = suffix;
        assertThat(files(table)).isNotEmpty().allMatch(file -> file.endsWith(after));
        check(docs);
        assertThat(Tables.numbers(table)).isEqualTo(model);
        assertThat(Tables.numbersByIceberg(table)).isEqualTo(model);
        assertThat(engine.maintain(DOCS)).isEmpty();
      }
    }
  }
}
