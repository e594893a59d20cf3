package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.objectstore.FaultProxy.Fault;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.iceberg.exceptions.RuntimeIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random operations on a warehouse whose store throttles, fails and cuts answers off, and on a map:
 * an operation fails or both hold the same.
 */
class S3FaultTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int STEPS = 40;
  private static final int IDS = 20;
  private static final int FAULT_PERCENT = 15;

  @TempDir Path temp;

  private final Random random = Seed.random("S3FaultTest");
  private final Random faultRandom = new Random(random.nextLong());
  private final Map<Fault, Integer> injected = new EnumMap<>(Fault.class);
  private final Map<String, Long> model = new TreeMap<>();
  private volatile boolean faulty;
  private long number;
  private int failed;

  private Fault draw() {
    synchronized (faultRandom) {
      Fault[] faults = Fault.values();
      Fault fault =
          faulty && faultRandom.nextInt(100) < FAULT_PERCENT
              ? faults[faultRandom.nextInt(faults.length)]
              : Fault.NONE;
      injected.merge(fault, 1, Integer::sum);
      return fault;
    }
  }

  private Map<String, String> catalog(int port) {
    Map<String, String> properties = new HashMap<>(S3Server.properties(port));
    properties.put(Warehouse.WAREHOUSE, "s3a://" + S3Server.BUCKET + "/faults");
    properties.put(Warehouse.CATALOG_FILE, temp.resolve("catalog.db").toString());
    // No tries by the SDK, which waits for a second before them.
    properties.put("fs.s3a.attempts.maximum", "1");
    properties.put("fs.s3a.retry.limit", "2");
    properties.put("fs.s3a.retry.interval", "5ms");
    properties.put("fs.s3a.retry.throttle.limit", "2");
    properties.put("fs.s3a.retry.throttle.interval", "5ms");
    return properties;
  }

  private EngineOptions options(int port) {
    return EngineOptions.of(catalog(port))
        .withHome(temp.resolve("home"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO);
  }

  @Test
  void anOperationFailsOrIsRight() throws Exception {
    try (S3Server server = new S3Server();
        FaultProxy proxy = new FaultProxy(server.port())) {
      proxy.set((method, path) -> draw());
      ProximaEngine engine = ProximaEngine.open(options(proxy.port()));
      try {
        Collection docs = engine.createCollection(DOCS, Records.schema());
        for (int step = 0; step < STEPS; step++) {
          faulty = true;
          if (random.nextInt(12) == 0) {
            engine.close();
            faulty = false;
            engine = ProximaEngine.open(options(proxy.port()));
            docs = engine.collection(DOCS);
          } else {
            operate(docs, step);
          }
        }
        faulty = false;
        assertThat(numbers(docs)).isEqualTo(model);
        docs.flush();
      } finally {
        faulty = false;
        engine.close();
      }
      try (Warehouse warehouse = Warehouse.open(catalog(proxy.port()))) {
        assertThat(Tables.numbers(warehouse.load(DOCS))).isEqualTo(model);
        assertThat(Tables.numbersByIceberg(warehouse.load(DOCS))).isEqualTo(model);
      }
      System.out.println("Requests: " + injected + "; operations that failed: " + failed);
      assertThat(injected.keySet()).as("faults that happened").hasSizeGreaterThan(3);
    }
  }

  private void operate(Collection docs, int step) {
    String id = "r" + random.nextInt(IDS);
    try {
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          VectorRecord record = Records.of(id, ++number);
          docs.upsert(List.of(record));
          model.put(id, number);
        }
        case 2 -> {
          docs.delete(List.of(id));
          model.remove(id);
        }
        case 3, 4 -> docs.flush();
        default -> assertThat(numbers(docs)).as("step %s", step).isEqualTo(model);
      }
    } catch (ProximaException | RuntimeIOException e) {
      // Writes fail before the log has them: the lease could not be had. Reads and flushes may.
      failed++;
    }
  }

  private static Map<String, Long> numbers(Collection docs) {
    Map<String, Long> numbers = new TreeMap<>();
    try (ScanResult scan = docs.scan(ScanRequest.all())) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          numbers.put((String) batch.column("id").value(i), (Long) batch.column("number").value(i));
        }
      }
    }
    return numbers;
  }
}
