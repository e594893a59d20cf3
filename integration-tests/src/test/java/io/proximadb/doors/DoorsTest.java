package io.proximadb.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.catalog.Warehouse;
import io.proximadb.children.Jvm;
import io.proximadb.children.SparkRows;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.RowStream;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.ProximaFlightServer;
import io.proximadb.server.ServerOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spark, Flink and Flight write one collection; all doors and plain Iceberg read the same rows. */
class DoorsTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;

  /** Rows as text, by id: number, category and vector. */
  private final Map<String, String> expected = new TreeMap<>();

  private static float[] vector(long n) {
    return new float[] {n, n + 1, n / 2f, -n};
  }

  private static String row(Object number, Object category, float[] vector) {
    return number + " " + category + " " + Arrays.toString(vector);
  }

  private void put(String id, long number, String category) {
    expected.put(id, row(number, category, vector(number)));
  }

  private static VectorRecord record(String id, long number, String category) {
    return VectorRecord.of(id, vector(number), Map.of("number", number, "category", category));
  }

  @Test
  void allDoorsSeeTheSameRows() throws Exception {
    Path warehouse = folder.resolve("warehouse");
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(4, Metric.EUCLIDEAN)
            .metadata("category", FieldType.Scalar.STRING)
            .metadata("number", FieldType.Scalar.LONG)
            .build();
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(warehouse));
        ProximaFlightServer server =
            ProximaFlightServer.start(
                EngineAccess.of(engine), ServerOptions.insecure().listeningOn("127.0.0.1", 0));
        ProximaFlightClient client = ProximaFlightClient.connect(server.location(), null)) {
      client.create(DOCS, schema);
      writeThroughFlight(client);
      writeThroughSpark(warehouse);
      writeThroughFlink(warehouse);
      client.upsert(DOCS, List.of(record("r10", 9_010, "flight again")));
      put("r10", 9_010, "flight again");
      client.delete(DOCS, List.of("r11", "r151"));
      expected.keySet().removeAll(List.of("r11", "r151"));
      client.flush(DOCS);
      engine.collection(DOCS).refresh();

      assertThat(throughEngine(engine.collection(DOCS))).as("engine").isEqualTo(expected);
      assertThat(throughFlight(client)).as("Flight").isEqualTo(expected);
      assertThat(throughSpark(warehouse)).as("Spark").isEqualTo(expected);
      assertThat(throughIceberg(warehouse)).as("plain Iceberg").isEqualTo(expected);
    }
  }

  private void writeThroughFlight(ProximaFlightClient client) {
    List<VectorRecord> records = new ArrayList<>();
    IntStream.range(0, 100)
        .forEach(
            n -> {
              records.add(record("r" + n, n, "flight"));
              put("r" + n, n, "flight");
            });
    client.upsert(DOCS, records);
    List<String> deleted = List.of("r0", "r1", "r2");
    client.delete(DOCS, deleted);
    expected.keySet().removeAll(deleted);
    client.flush(DOCS);
  }

  private void writeThroughSpark(Path warehouse) throws Exception {
    SparkRows.run(
        folder,
        warehouse,
        """
        INSERT INTO prox.default.docs (id, category, number, vector)
        SELECT concat('r', n), 'spark', 1000 + n,
               array(cast(1000 + n AS FLOAT), cast(1001 + n AS FLOAT),
                     cast((1000 + n) / 2 AS FLOAT), cast(-1000 - n AS FLOAT))
        FROM (SELECT explode(sequence(50, 149)) AS n);
        DELETE FROM prox.default.docs WHERE number BETWEEN 3 AND 7;
        """);
    for (int n = 50; n < 150; n++) {
      put("r" + n, 1_000 + n, "spark");
    }
    for (int n = 3; n <= 7; n++) {
      expected.remove("r" + n);
    }
  }

  private void writeThroughFlink(Path warehouse) throws Exception {
    List<String> changes = new ArrayList<>();
    for (int n = 140; n < 160; n++) {
      changes.add("+U r" + n + " " + (5_000 + n) + " flink");
      put("r" + n, 5_000 + n, "flink");
    }
    for (String id : List.of("r20", "r60", "r145")) {
      changes.add("-D " + id);
      expected.remove(id);
    }
    changes.add("+U r145 6000 back");
    put("r145", 6_000, "back");
    Path file = Files.write(folder.resolve("changes.txt"), changes);
    Jvm.ofFlink(folder).runRunner("FlinkChanges", file.toString(), warehouse.toString());
  }

  private static void add(
      Map<String, String> rows, String id, Object number, Object category, float[] vector) {
    assertThat(rows.put(id, row(number, category, vector))).as("%s is there twice", id).isNull();
  }

  private static Map<String, String> throughEngine(Collection docs) {
    Map<String, String> rows = new TreeMap<>();
    try (ScanResult scan = docs.scan(ScanRequest.all())) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          add(
              rows,
              (String) batch.column("id").value(i),
              batch.column("number").value(i),
              batch.column("category").value(i),
              (float[]) batch.column("vector").value(i));
        }
      }
    }
    return rows;
  }

  private static Map<String, String> throughFlight(ProximaFlightClient client) {
    Map<String, String> rows = new TreeMap<>();
    try (RowStream stream = client.scan(DOCS, "")) {
      stream.forEachRemaining(
          row ->
              add(
                  rows,
                  (String) row.get("id"),
                  row.get("number"),
                  row.get("category"),
                  (float[]) row.get("vector")));
    }
    return rows;
  }

  private Map<String, String> throughSpark(Path warehouse) throws Exception {
    Map<String, String> rows = new TreeMap<>();
    List<String[]> printed =
        SparkRows.run(
            folder,
            warehouse,
            "SELECT id, number, category, vector[0], vector[1], vector[2], vector[3]"
                + " FROM prox.default.docs;\n");
    for (String[] row : printed) {
      float[] vector = new float[4];
      for (int i = 0; i < 4; i++) {
        vector[i] = Float.parseFloat(row[3 + i]);
      }
      add(rows, row[0], row[1], row[2], vector);
    }
    return rows;
  }

  private static Map<String, String> throughIceberg(Path warehouse) throws Exception {
    Map<String, String> rows = new TreeMap<>();
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()));
        CloseableIterable<Record> records =
            IcebergGenerics.read(opened.load(DOCS).table()).build()) {
      for (Record record : records) {
        List<?> floats = (List<?>) record.getField("vector");
        float[] vector = new float[floats.size()];
        for (int i = 0; i < vector.length; i++) {
          vector[i] = (Float) floats.get(i);
        }
        add(
            rows,
            (String) record.getField("id"),
            record.getField("number"),
            record.getField("category"),
            vector);
      }
    }
    return rows;
  }
}
