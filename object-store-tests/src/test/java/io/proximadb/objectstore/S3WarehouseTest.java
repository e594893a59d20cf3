package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An engine whose warehouse is on a server of the S3 protocol. */
class S3WarehouseTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  private static S3Server server;

  @TempDir Path temp;

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server();
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private Map<String, String> catalog() {
    Map<String, String> properties = new HashMap<>(S3Server.properties(server.port()));
    properties.put(Warehouse.WAREHOUSE, "s3a://" + S3Server.BUCKET + "/" + temp.getFileName());
    properties.put(Warehouse.CATALOG_FILE, temp.resolve("catalog.db").toString());
    return properties;
  }

  private EngineOptions options(String home) {
    return EngineOptions.of(catalog())
        .withHome(temp.resolve(home))
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
    try (ProximaEngine engine = ProximaEngine.open(options("home"))) {
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
    try (ProximaEngine engine = ProximaEngine.open(options("home"));
        Warehouse warehouse = Warehouse.open(catalog())) {
      Collection docs = engine.collection(DOCS);
      CollectionTable table = warehouse.load(DOCS);
      assertThat(table.context().location()).startsWith("s3a://");
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
}
