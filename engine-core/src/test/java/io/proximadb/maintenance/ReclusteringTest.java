package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.clusters.FileClusters;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** Trainings of tables that have no engine. */
class ReclusteringTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 4;

  @TempDir Path folder;
  private final Random random = Seed.random("ReclusteringTest");
  private Warehouse warehouse;
  private CollectionTable table;
  private int next;

  @BeforeEach
  void open() {
    warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
    table =
        warehouse.create(
            DOCS, CollectionSchema.builder().vector(DIMENSION, Metric.EUCLIDEAN).build(), Map.of());
  }

  @AfterEach
  void close() {
    warehouse.close();
  }

  /** Rows of ids that are new, so that nothing has to be looked for. */
  private void add(int rows) {
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      float[] vector = new float[DIMENSION];
      for (int d = 0; d < DIMENSION; d++) {
        vector[d] = random.nextFloat();
      }
      records.add(VectorRecord.of("r" + next++, vector, Map.of()));
    }
    RowLevelCommit commit = RowLevelCommit.on(table);
    Tables.stage(table, records).forEach(commit::add);
    commit.commit();
  }

  private MaintenanceScope scope(FailPoints failPoints) {
    return new MaintenanceScope(warehouse.load(DOCS), Clock.system(), failPoints);
  }

  private MaintenanceResult run() {
    MaintenanceResult result = new Reclustering().run(scope(FailPoints.NONE));
    table.refresh();
    return result;
  }

  private int generation() {
    table.refresh();
    return ClusterModels.currentGeneration(table.context());
  }

  private List<String> models() throws IOException {
    Path models = Path.of(ClusterModels.folder(table.context()));
    try (Stream<Path> files = Files.list(models)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void smallTablesAreLeftAlone() {
    assertThat(run()).isEqualTo(MaintenanceResult.NOTHING);
    add(Reclustering.MIN_ROWS - 1);
    assertThat(run()).isEqualTo(MaintenanceResult.NOTHING);
    assertThat(generation()).isZero();
    add(1);
    assertThat(run().what()).contains("first clusters of 10000 rows");
    assertThat(generation()).isEqualTo(1);
    assertThat(run()).isEqualTo(MaintenanceResult.NOTHING);
  }

  @Test
  void writersWithoutAnEngineClusterTheirRows() {
    add(Reclustering.MIN_ROWS);
    run();
    add(500);
    assertThat(table.liveFiles())
        .filteredOn(file -> file.dataFile().recordCount() == 500)
        .singleElement()
        .satisfies(
            file -> {
              assertThat(FileClusters.isOutdated(table.context(), file.dataFile(), 1)).isFalse();
              assertThat(FileClusters.isOutdated(table.context(), file.dataFile(), 2)).isTrue();
            });
  }

  @Test
  void ofTwoTrainingsOneCounts() throws IOException {
    add(Reclustering.MIN_ROWS);
    MaintenanceResult slower =
        new Reclustering()
            .run(
                scope(
                    step -> {
                      if (step.equals("recluster.written")) {
                        run();
                      }
                    }));
    assertThat(slower.what()).isEqualTo("another training was faster");
    // The slower one had the first number, and took its file away.
    assertThat(generation()).isEqualTo(2);
    assertThat(models()).singleElement().asString().endsWith("-2.model-v1");
  }

  @Test
  void aTableThatOutgrewItsClustersGetsMore() {
    add(Reclustering.MIN_ROWS);
    run();
    ClusterModel first = ClusterModels.current(table.context());
    assertThat(first).isNotNull();
    assertThat(first.centroids().count()).isBetween(95, 100);
    add((Reclustering.GROWTH - 1) * Reclustering.MIN_ROWS - 1);
    assertThat(run()).isEqualTo(MaintenanceResult.NOTHING);
    add(1);
    assertThat(run().what()).contains("grown from 10000 to 40000 rows");
    ClusterModel second = ClusterModels.current(table.context());
    assertThat(second).isNotNull();
    assertThat(second.centroids().count()).isBetween(190, 200);
  }

  @Test
  void modelsThatNoFileUsesAreRemoved() throws IOException {
    add(Reclustering.MIN_ROWS);
    run();
    add(500);
    ClusterModel first = ClusterModels.current(table.context());
    assertThat(first).isNotNull();
    for (int generation = 2; generation <= 5; generation++) {
      ClusterModels.write(
          table.context(),
          new ClusterModel(
              generation, first.fieldId(), first.centroids(), first.sizes(), first.training()));
    }
    String key = ClusterModels.property(first.fieldId());
    RowLevelCommit.on(table).setProperty(key, "5").commit();
    assertThat(run()).isEqualTo(MaintenanceResult.NOTHING);
    assertThat(models()).hasSize(5);
    RowLevelCommit.on(table).delete(file -> all(file.dataFile().recordCount())).commit();
    add(Reclustering.MIN_ROWS);
    // Deleted rows are still in files of the snapshot, until compaction drops these.
    assertThat(run().filesRemoved()).isZero();
    while (new Compaction().run(scope(FailPoints.NONE)).done()) {
      table.refresh();
    }
    assertThat(run().filesRemoved()).isEqualTo(3);
    assertThat(models()).hasSize(2).allMatch(name -> name.matches("\\d+-[45]\\.model-v1"));
  }

  private static RoaringBitmap all(long rows) {
    RoaringBitmap positions = new RoaringBitmap();
    positions.add(0L, rows);
    return positions;
  }
}
