package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.io.ReadStatistics;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine whose warehouse is on an object store. */
class S3WarehouseTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  private static TestStore store;

  private final String location = store.newLocation();

  @TempDir Path temp;

  @BeforeAll
  static void open() throws Exception {
    store = TestStore.open();
  }

  @AfterAll
  static void close() throws Exception {
    store.close();
  }

  @AfterEach
  void clean() {
    try (Warehouse warehouse = Warehouse.open(catalog())) {
      warehouse.drop(DOCS);
    }
  }

  private Map<String, String> catalog() {
    return store.catalog(location, temp);
  }

  private EngineOptions options() {
    return EngineOptions.of(catalog())
        .withHome(temp.resolve("home"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO);
  }

  private static List<VectorRecord> records(int from, int to, long offset) {
    List<VectorRecord> records = new ArrayList<>();
    for (int i = from; i < to; i++) {
      records.add(Records.of("id" + i, i + offset));
    }
    return records;
  }

  @Test
  void aCollectionLivesItsWholeLife() {
    Map<String, Long> expected = new TreeMap<>();
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(records(0, 200, 0));
      docs.flush();
      docs.upsert(records(150, 300, 1_000));
      docs.delete(List.of("id0", "id299"));
      docs.flush();
      docs.upsert(records(300, 310, 0));
    }
    for (int i = 1; i < 310; i++) {
      if (i != 299) {
        expected.put("id" + i, i >= 150 && i < 300 ? i + 1_000L : i);
      }
    }
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = Warehouse.open(catalog())) {
      Collection docs = engine.collection(DOCS);
      CollectionTable table = warehouse.load(DOCS);
      assertThat(table.context().location()).startsWith(location);
      assertThat(Tables.numbers(table)).isEqualTo(expected);
      assertThat(docs.get("id0")).isEmpty();
      assertThat(Records.number(docs.get("id150").orElseThrow())).isEqualTo(1_150);
      assertThat(docs.search(SearchRequest.of(Records.vector(42), 1)).hits().get(0).id())
          .isEqualTo("id42");
      assertThat(engine.dropCollection(DOCS)).isTrue();
      assertThat(files(table)).isEmpty();
    }
  }

  private static List<String> files(CollectionTable table) {
    SupportsPrefixOperations io = (SupportsPrefixOperations) table.context().io();
    return StreamSupport.stream(io.listPrefix(table.context().location()).spliterator(), false)
        .map(FileInfo::location)
        .toList();
  }

  @Test
  void searchAndScanReadWithFewRequests() {
    int rows = 20_000;
    int dimension = 128;
    CollectionSchema schema = CollectionSchema.builder().vector(dimension, Metric.DOT).build();
    Random random = new Random(1);
    long vectorBytes = (long) rows * dimension * Float.BYTES;
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, schema);
      for (int batch = 0; batch < rows; batch += 1_000) {
        List<VectorRecord> records = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
          records.add(VectorRecord.of("id" + (batch + i), vector(dimension, random), Map.of()));
        }
        docs.upsert(records);
      }
    }
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = Warehouse.open(catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      List<LiveFile> files = table.liveFiles();
      assertThat(files).hasSize(1);
      Collection docs = engine.collection(DOCS);
      ReadStatistics before = ReadStatistics.now();
      assertThat(docs.search(SearchRequest.of(vector(dimension, random), 10)).hits()).hasSize(10);
      ReadStatistics search = ReadStatistics.now().since(before);
      // The file's end, the expiry column, the vectors in pieces of 8 MiB, and the ids of the hits.
      assertThat(search.requests()).isLessThanOrEqualTo(16);
      assertThat(search.bytes()).isBetween(vectorBytes, vectorBytes + vectorBytes / 4);

      before = ReadStatistics.now();
      int scanned = 0;
      try (ScanResult scan = docs.scan(ScanRequest.all())) {
        while (scan.hasNext()) {
          scanned += scan.next().rowCount();
        }
      }
      assertThat(scanned).isEqualTo(rows);
      ReadStatistics scanRead = ReadStatistics.now().since(before);
      assertThat(scanRead.requests()).isLessThanOrEqualTo(8);
      System.out.println(
          "Exact search of " + vectorBytes + " bytes: " + search + ", then a scan: " + scanRead);
    }
  }

  private static float[] vector(int dimension, Random random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = random.nextFloat() - 0.5f;
    }
    return vector;
  }
}
