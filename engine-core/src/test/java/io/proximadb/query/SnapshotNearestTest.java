package io.proximadb.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.iceberg.io.CloseableIterator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever order a function sums in, the k nearest by it are among the rows found. */
class SnapshotNearestTest {
  private static final int DIMENSION = 19;
  private static final int ROWS = 300;
  private static final int QUERIES = 25;

  @TempDir Path folder;

  private final Random random = Seed.random("SnapshotNearestTest");
  private final Map<String, float[]> live = new LinkedHashMap<>();

  /** Of some rows: so long that sums in floats near their end, which a cosine squares. */
  private float farScale = 1e18f;

  private CollectionTable table(Warehouse warehouse, String layout, Metric metric) {
    farScale = metric == Metric.COSINE ? 1e3f : 1e18f;
    CollectionName name = CollectionName.parse("docs");
    warehouse.create(
        name,
        CollectionSchema.builder()
            .vector(DIMENSION, Metric.EUCLIDEAN)
            .metadata("number", FieldType.Scalar.LONG)
            .build(),
        Map.of(StorageFormat.LAYOUT_PROPERTY, layout));
    CollectionTable table = warehouse.load(name);
    for (int file = 0; file < 2; file++) {
      List<VectorRecord> records = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        String id = "r" + (file * ROWS / 2 + i);
        float[] vector = vector();
        records.add(VectorRecord.of(id, vector, Map.of("number", (long) i)));
        live.put(id, vector);
      }
      Tables.upsert(table, records);
    }
    Tables.delete(table, List.of("r3", "r77"));
    live.remove("r3");
    live.remove("r77");
    table.refresh();
    return table;
  }

  /** Some rows are alike but for their order, which moves distances by roundings alone. */
  private float[] vector() {
    float[] vector = new float[DIMENSION];
    int one = random.nextInt(20);
    float scale = one == 0 ? farScale : one == 1 ? 1 / farScale : 1f;
    int first = random.nextInt(3);
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = (1 + (i + first) % 7 / 10f) * scale;
    }
    return vector;
  }

  private static float distance(Metric metric, float[] a, float[] b, boolean backwards) {
    float sum = 0;
    float squaresA = 0;
    float squaresB = 0;
    for (int n = 0; n < a.length; n++) {
      int i = backwards ? a.length - 1 - n : n;
      sum +=
          switch (metric) {
            case EUCLIDEAN -> (a[i] - b[i]) * (a[i] - b[i]);
            case MANHATTAN -> Math.abs(a[i] - b[i]);
            case DOT, COSINE -> a[i] * b[i];
          };
      squaresA += a[i] * a[i];
      squaresB += b[i] * b[i];
    }
    return switch (metric) {
      case EUCLIDEAN -> (float) Math.sqrt(sum);
      case MANHATTAN -> sum;
      case DOT -> -sum;
      case COSINE -> 1 - sum / (float) Math.sqrt(squaresA * squaresB);
    };
  }

  private static Set<String> found(SnapshotNearest search, SnapshotNearest.Query query)
      throws IOException {
    SnapshotNearest.Found found = search.nearest(query);
    Set<String> ids = new HashSet<>();
    for (int file = 0; file < found.positions().size(); file++) {
      try (CloseableIterator<ColumnBatch> batches =
          search.read(file, found.positions().get(file), List.of("id"), 64)) {
        while (batches.hasNext()) {
          ColumnBatch batch = batches.next();
          for (int i = 0; i < batch.rowCount(); i++) {
            ids.add((String) batch.column("id").value(i));
          }
        }
      }
    }
    return ids;
  }

  @ParameterizedTest
  @CsvSource({
    "viper,EUCLIDEAN", "viper,MANHATTAN", "viper,DOT", "viper,COSINE",
    "lsm,EUCLIDEAN", "lsm,MANHATTAN", "lsm,DOT", "lsm,COSINE"
  })
  void nothingThatCouldBeNearestIsLeftOut(String layout, Metric metric) throws IOException {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionTable table = table(warehouse, layout, metric);
      SnapshotScan scan = SnapshotScan.of(table, null, 0, Filter.alwaysTrue(), List.of("id"));
      try (SnapshotNearest search = SnapshotNearest.open(table.context(), scan.tasks())) {
        int left = 0;
        for (int i = 0; i < QUERIES; i++) {
          float[] query = vector();
          int k = 1 + random.nextInt(20);
          Set<String> found =
              found(search, new SnapshotNearest.Query("vector", metric, query, k, 1));
          assertThat(live.keySet()).containsAll(found);
          left += live.size() - found.size();
          for (boolean backwards : new boolean[] {false, true}) {
            Map<String, Float> distances = new LinkedHashMap<>();
            live.forEach((id, v) -> distances.put(id, distance(metric, query, v, backwards)));
            List<Float> sorted = new ArrayList<>(distances.values());
            sorted.sort(Comparator.naturalOrder());
            float kth = sorted.get(k - 1);
            distances.forEach(
                (id, distance) -> {
                  if (distance <= kth) {
                    assertThat(found).as("%s at %s, k-th %s", id, distance, kth).contains(id);
                  }
                });
          }
        }
        assertThat(left).as("rows left out").isPositive();
        assertThatThrownBy(
                () ->
                    search.nearest(new SnapshotNearest.Query("vector", metric, new float[2], 1, 1)))
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessage("Invalid dimension of the query: 2 (expected 19)");
      }
    }
  }
}
