package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseReceipt.Kind;
import io.proximadb.api.EraseRequest;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Traces;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexes whose files are on an object store, and an erasure there. */
class S3IndexTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int ROWS = 5_000;
  private static final long FIRST = 7_000_000_000_000L;
  private static final SearchRequest NEAREST = SearchRequest.of(Records.vector(42), 10);

  private static TestStore store;

  private final String location = store.newLocation();
  private final AtomicLong aheadMicros = new AtomicLong();

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
        .withRefreshInterval(Duration.ZERO)
        .withClock(Clock.of(() -> System.currentTimeMillis() * 1_000 + aheadMicros.get()))
        .withCatalogProperty(MaintenanceOptions.THREADS, "0");
  }

  private static String id(long number) {
    return "person-%05d-record".formatted(number);
  }

  private static List<VectorRecord> records(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> Records.of(id(i), FIRST + i)).toList();
  }

  /** Locations below a place that end so. */
  private List<String> files(String part) {
    List<String> found = new ArrayList<>();
    try (FileIO io = store.io()) {
      Iterable<FileInfo> all = ((SupportsPrefixOperations) io).listPrefix(location + "/");
      StreamSupport.stream(all.spliterator(), false)
          .map(FileInfo::location)
          .filter(file -> file.contains(part))
          .forEach(found::add);
    }
    return found;
  }

  private static List<String> ids(SearchResponse response) {
    return response.hits().stream().map(SearchHit::id).toList();
  }

  /** How many of the nearest an approximate search finds. */
  private static double recall(Collection docs) {
    double found = 0;
    for (int i = 0; i < 20; i++) {
      SearchRequest request = SearchRequest.of(Records.vector(i), 10);
      List<String> truth = ids(docs.search(request.exactly()));
      List<String> hits = ids(docs.search(request));
      assertThat(hits).hasSameSizeAs(truth).doesNotHaveDuplicates();
      found += hits.stream().filter(truth::contains).count() / (double) truth.size();
    }
    return found / 20;
  }

  @ParameterizedTest
  @ValueSource(strings = {"hnsw", "ivf", "flat"})
  void anIndexLivesItsWholeLife(String type) throws IOException {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(records(0, ROWS));
      docs.createIndex(IndexDefinition.of("near", type, "vector"));
      docs.optimize();
      SearchResponse answer = docs.search(NEAREST);
      assertThat(answer.rowsCoveredByIndex()).isEqualTo(ROWS);
      assertThat(recall(docs)).isGreaterThan(0.9);
    }
    assertThat(files("." + type + "-v")).hasSize(1);
    flipABit(files("." + type + "-v").get(0));

    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      SearchResponse damaged = docs.search(NEAREST);
      assertThat(damaged.strategy()).contains("damaged");
      assertThat(damaged.rowsScannedExactly()).isEqualTo(ROWS);
      docs.optimize();
      SearchResponse again = docs.search(NEAREST);
      assertThat(again.rowsCoveredByIndex()).isEqualTo(ROWS);
      assertThat(ids(docs.search(NEAREST.exactly()))).isEqualTo(ids(damaged));

      docs.delete(IntStream.range(0, 500).mapToObj(S3IndexTest::id).toList());
      docs.flush();
      docs.alter(SchemaChange.layout("lsm"));
      List<String> built =
          engine.maintain(DOCS).stream()
              .map(MaintenanceResult::what)
              .filter(what -> what.startsWith("built index 'near' of 4500 rows"))
              .toList();
      assertThat(built).hasSize(1);
      assertThat(built.get(0).contains("from an earlier one")).isEqualTo(!type.equals("flat"));
      assertThat(docs.search(NEAREST).rowsCoveredByIndex()).isEqualTo(ROWS - 500);
      assertThat(recall(docs)).isGreaterThan(0.9);

      docs.dropIndex("near");
      assertThat(docs.search(NEAREST).strategy()).startsWith("exact: no index");
      for (int i = 0; i < 2; i++) {
        aheadMicros.addAndGet(Duration.ofDays(9).toMillis() * 1_000);
        engine.maintain(DOCS);
      }
      assertThat(files("." + type + "-v")).isEmpty();
      assertThat(docs.search(NEAREST).hits()).hasSize(10);
    }
  }

  private static void flipABit(String file) throws IOException {
    try (FileIO io = store.io()) {
      byte[] bytes;
      try (InputStream in = io.newInputFile(file).newStream()) {
        bytes = in.readAllBytes();
      }
      bytes[bytes.length / 2] ^= 4;
      try (OutputStream out = io.newOutputFile(file).createOrOverwrite()) {
        out.write(bytes);
      }
    }
  }

  /** What is left of records in any object, of which copies are looked through. */
  private List<String> traces(List<String> ids, List<Long> numbers) throws IOException {
    Path copies = Files.createTempDirectory(temp, "copies");
    int count = 0;
    try (FileIO io = store.io()) {
      for (String file : files("")) {
        try (InputStream in = io.newInputFile(file).newStream()) {
          Files.copy(in, copies.resolve(count++ + "-" + file.substring(file.lastIndexOf('/') + 1)));
        }
      }
    }
    assertThat(count).isPositive();
    return new Traces(ids, numbers).in(copies, temp.resolve("home"));
  }

  @Test
  void anErasureLeavesNothingAndItsReceiptSaysSo() throws IOException {
    List<String> people = List.of(id(3), id(4_000), "nobody");
    List<Long> numbers = List.of(FIRST + 3, FIRST + 4_000);
    try (ProximaEngine engine =
        ProximaEngine.open(
            options().withCatalogProperty("proximadb.wal.mirror.location", location + "/mirror"))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.createIndex(IndexDefinition.of("near", "ivf", "vector"));
      docs.createIndex(IndexDefinition.of("numbers", "attribute", "number"));
      docs.upsert(records(0, ROWS));
      docs.optimize();
      docs.upsert(records(0, 10));
      docs.delete(List.of(id(4_000)));
      docs.flush();
      docs.upsert(records(3, 4));
      assertThat(files(".ivf-v")).hasSize(1);
      assertThat(traces(people, numbers)).hasSizeGreaterThan(5);

      EraseReceipt receipt = docs.erase(EraseRequest.of(people).alone());

      assertThat(receipt.remaining()).isEmpty();
      assertThat(receipt.isComplete()).isTrue();
      assertThat(receipt.found()).containsExactlyInAnyOrder(id(3), id(4_000));
      assertThat(receipt.removedCounts())
          .containsKeys(
              Kind.DATA_FILE,
              Kind.SIDE_FILE,
              Kind.MANIFEST,
              Kind.METADATA_FILE,
              Kind.LOG_SEGMENT,
              Kind.MIRROR_OBJECT);
      assertThat(receipt.verified()).isNotEmpty();
      assertThat(traces(people, numbers)).isEmpty();
      assertThat(docs.get(people)).isEmpty();

      docs.optimize();
      SearchResponse answer = docs.search(NEAREST);
      assertThat(answer.rowsCoveredByIndex()).isPositive();
      assertThat(answer.hits()).hasSize(10);
      assertThat(traces(people, numbers)).isEmpty();
      try (Warehouse warehouse = Warehouse.open(catalog())) {
        CollectionTable table = warehouse.load(DOCS);
        assertThat(table.table().currentSnapshot()).isNotNull();
      }
      assertThat(docs.describe().dataRows()).isEqualTo(ROWS - 2);
    }
  }
}
