package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.RoutedDisk;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.StoppingDisk;
import io.proximadb.testkit.StoppingDisk.Stop;
import io.proximadb.vector.DistanceFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Builds of indexes that fail, die, or may not have the memory that they need. */
class IndexBuildFaultTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int ROWS = 4_200;

  /** Of each index: their builds read alike, and write one file each. */
  private static final int RUNS = 4;

  private static final SearchRequest NEAREST = SearchRequest.of(Records.vector(7), 10);

  @TempDir Path temp;

  private Path data() {
    return temp.resolve("data");
  }

  private EngineOptions options() {
    return Engines.quiet(data().resolve("warehouse"))
        .withHome(data().resolve("home"))
        .withFlush(64 << 20, Duration.ofDays(1))
        .withCatalogProperty(Disks.DISK_IMPL, RoutedDisk.class.getName());
  }

  @BeforeEach
  void fill() {
    RoutedDisk.route(data(), new LocalDisk());
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      List<VectorRecord> records = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        records.add(Records.of("r" + i, i));
      }
      docs.upsert(records);
      docs.optimize();
    }
  }

  private void create(IndexDefinition index) {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      engine.collection(DOCS).createIndex(index);
    }
  }

  /** Every kind that finds the nearest rows of a dense field. */
  static List<IndexDefinition> indexes() {
    IndexDefinition hnsw = IndexDefinition.of("near", "hnsw", "vector");
    return List.of(
        hnsw,
        hnsw.with("bits", "4"),
        IndexDefinition.of("near", "ivf", "vector"),
        IndexDefinition.of("near", "flat", "vector"));
  }

  @ParameterizedTest
  @MethodSource("indexes")
  void aFailureAtAnyOperationLeavesSearchesRightAndTheNextRunBuilds(IndexDefinition index)
      throws IOException {
    create(index);
    Folders.copy(data(), temp.resolve("template"));
    int operations = stopAt(Stop.NONE);
    Random random = Seed.random("IndexBuildFaultTest");
    for (Stop stop : Stop.draw(operations, RUNS, random)) {
      Folders.restore(temp.resolve("template"), data());
      stopAt(stop);
    }
    RoutedDisk.unroute(data());
  }

  /** The ids of the answer, by a comparison with all records. */
  private static List<String> nearest() {
    DistanceFunction distance = DistanceFunction.of(Metric.EUCLIDEAN, NEAREST.vector());
    return IntStream.range(0, ROWS)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> distance.score(Records.vector(i), 0)))
        .limit(NEAREST.k())
        .map(i -> "r" + i)
        .toList();
  }

  private int stopAt(Stop stop) throws IOException {
    StoppingDisk disk = StoppingDisk.route(data(), stop);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      engine.collection(DOCS).optimize();
    } catch (RuntimeException e) {
      assertThat(disk.isStopped()).as("%s", e).isTrue();
    }
    int operations = disk.operations();
    disk.end();
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      SearchResponse truth = docs.search(NEAREST.exactly());
      assertThat(truth.hits()).extracting(SearchHit::id).as("%s", stop).isEqualTo(nearest());
      assertThat(docs.search(NEAREST).hits()).as("%s", stop).hasSize(10);
      docs.optimize();
      IndexInfo built = docs.indexes().get(0);
      assertThat(built.isComplete()).as("%s", stop).isTrue();
      SearchResponse answer = docs.search(NEAREST);
      assertThat(answer.rowsCoveredByIndex()).as("%s", stop).isEqualTo(ROWS);
      assertThat(answer.hits().get(0)).as("%s", stop).isEqualTo(truth.hits().get(0));
    }
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      new Upkeep().cleanUp(table);
      Upkeep.checkWhole(table);
      assertThat(Upkeep.strays(table)).as("%s", stop).isEmpty();
    }
    return operations;
  }

  @ParameterizedTest
  @MethodSource("indexes")
  void aBuildThatFailedIsTriedAgainByTheSameEngine(IndexDefinition index) {
    create(index);
    AtomicInteger failures = new AtomicInteger(1);
    EngineOptions failing =
        options()
            .withFailPoints(
                step -> {
                  if (step.equals("index.built") && failures.getAndDecrement() > 0) {
                    throw new UnavailableException("The test fails at " + step);
                  }
                });
    try (ProximaEngine engine = ProximaEngine.open(failing)) {
      Collection docs = engine.collection(DOCS);
      assertThatThrownBy(docs::optimize).isInstanceOf(UnavailableException.class);
      assertThat(docs.indexes().get(0).isComplete()).isFalse();
      docs.optimize();
      assertThat(docs.indexes().get(0).isComplete()).isTrue();
    }
    RoutedDisk.unroute(data());
  }

  @ParameterizedTest
  @MethodSource("indexes")
  void aDamagedOneThatCannotBeBuiltAgainHoldsNothingUp(IndexDefinition index) throws IOException {
    create(index);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      engine.collection(DOCS).optimize();
    }
    Path file;
    try (Stream<Path> files = Files.walk(data())) {
      file =
          files
              .filter(each -> each.toString().contains("." + index.type() + "-v"))
              .findFirst()
              .orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      Upkeep.set(warehouse.load(DOCS), Map.of(MaintenanceSettings.INDEX_BUILD_BYTES, "100000"));
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      assertThat(docs.search(NEAREST).rowsCoveredByIndex()).isZero();
      docs.createIndex(IndexDefinition.of("by_category", "attribute", "category"));
      docs.optimize();
      assertThat(docs.search(NEAREST).rowsScannedExactly()).isEqualTo(ROWS);
    }
    RoutedDisk.unroute(data());
  }

  @ParameterizedTest
  @MethodSource("indexes")
  void anIndexThatNeedsMoreMemoryThanAllowedIsNotBuilt(IndexDefinition index) {
    create(index);
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      Upkeep.set(warehouse.load(DOCS), Map.of(MaintenanceSettings.INDEX_BUILD_BYTES, "100000"));
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      docs.upsert(List.of(Records.of("own", 1)));
      assertThat(engine.maintain(DOCS))
          .extracting(MaintenanceResult::what)
          .anyMatch(
              what ->
                  what.contains("with 100000 bytes")
                      && what.contains(MaintenanceSettings.INDEX_BUILD_BYTES));
      SearchResponse answer = docs.search(NEAREST);
      assertThat(answer.rowsCoveredByIndex()).isZero();
      assertThat(answer.recall()).hasValue(1);
      assertThat(answer.strategy()).contains("index 'near': it is not built yet");
    }
    RoutedDisk.unroute(data());
  }
}
