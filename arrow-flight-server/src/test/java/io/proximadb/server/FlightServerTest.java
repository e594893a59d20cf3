package io.proximadb.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.WriteResult;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.RecordWriter;
import io.proximadb.client.RowStream;
import io.proximadb.client.SearchQuery;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.ProximaException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.PutAcknowledgement;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.StatusResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every method of the server over a real engine and real sockets. */
class FlightServerTest {
  @TempDir Path warehouse;
  private ProximaEngine engine;
  private RunningServer server;
  private ProximaFlightClient client;

  @BeforeEach
  void start() {
    engine = ProximaEngine.open(EngineOptions.local(warehouse));
    server = RunningServer.insecure(EngineAccess.of(engine));
    client = server.client();
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    engine.close();
  }

  private void docs(int count) {
    client.create(Samples.DOCS, Samples.DOCS_SCHEMA);
    if (count > 0) {
      client.upsert(Samples.DOCS, Samples.docs(0, count));
    }
  }

  @Test
  void collectionsAreCreatedDescribedListedAndDropped() {
    CollectionName other = CollectionName.parse("tenant.everything");
    client.create(Samples.DOCS, Samples.DOCS_SCHEMA);

    assertThat(client.create(other, Samples.EVERYTHING).schema()).isEqualTo(Samples.EVERYTHING);
    assertThat(client.describe(other)).isEqualTo(engine.collection(other).describe());
    assertThat(client.list()).containsExactly(Samples.DOCS, other);
    assertThat(client.list("tenant")).containsExactly(other);
    assertThat(client.drop(other)).isTrue();
    assertThat(client.drop(other)).isFalse();
    assertThat(client.list()).containsExactly(Samples.DOCS);
    assertThatThrownBy(() -> client.describe(other))
        .isInstanceOfSatisfying(
            ProximaException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
  }

  @Test
  void recordsOfEveryTypeSurviveTheWayInAndOut() {
    CollectionName name = CollectionName.parse("everything");
    client.create(name, Samples.EVERYTHING);
    List<VectorRecord> records = List.of(Samples.full("a"), Samples.bare("b"));
    client.insert(name, records);

    for (String state : new String[] {"in memory", "flushed"}) {
      List<Map<String, Object>> got = client.get(name, List.of("b", "absent", "a"));
      assertThat(got).as(state).extracting(row -> row.get("id")).containsExactly("b", "a");
      assertRow(got.get(1), records.get(0));
      assertRow(got.get(0), records.get(1));
      try (RowStream scan = client.scan(name, "{\"id\": \"a\"}")) {
        assertRow(scan.next(), records.get(0));
        assertThat(scan.hasNext()).isFalse();
      }
      client.flush(name);
    }
  }

  private static void assertRow(Map<String, Object> row, VectorRecord record) {
    assertThat(row.get("id")).isEqualTo(record.id());
    assertThat(row.get("expires_at")).isEqualTo(record.expiresAt());
    record.vectors().forEach((name, vector) -> assertThat(row.get(name)).isEqualTo(vector));
    for (var field : Samples.EVERYTHING.metadataFields()) {
      assertThat(row.get(field.name()))
          .as(field.name())
          .usingRecursiveComparison()
          .isEqualTo(record.metadata().get(field.name()));
    }
  }

  @Test
  void sparseVectorsAreWrittenReadAndSearched() {
    CollectionName name = CollectionName.parse("sparse");
    CollectionSchema schema =
        CollectionSchema.builder()
            .metadata("n", FieldType.Scalar.LONG)
            .sparse("terms", 30_522, Metric.DOT)
            .build();
    assertThat(client.create(name, schema).schema()).isEqualTo(schema);
    SparseVector both = SparseVector.of(new int[] {3, 70}, new float[] {0.5f, 2});
    SparseVector one = SparseVector.of(new int[] {70}, new float[] {1});
    client.upsert(
        name,
        List.of(
            new VectorRecord("a", Map.of(), Map.of("n", 1L), null).withSparse("terms", both),
            new VectorRecord("b", Map.of(), Map.of("n", 2L), null).withSparse("terms", one)));
    for (int round = 0; round < 2; round++) {
      List<SearchHit> hits = client.search(name, SearchQuery.nearest(both, 2, "terms")).hits();
      assertThat(hits).extracting(SearchHit::id).containsExactly("a", "b");
      assertThat(hits).extracting(SearchHit::distance).containsExactly(-4.25, -2.0);
      assertThat(hits.get(0).fields()).isEqualTo(Map.of("n", 1L));
      Object terms = client.get(name, List.of("a")).get(0).get("terms");
      assertThat(SparseVector.ofStruct(terms)).isEqualTo(both);
      try (RowStream scan = client.scan(name, "{\"id\": \"b\"}")) {
        assertThat(SparseVector.ofStruct(scan.next().get("terms"))).isEqualTo(one);
      }
      client.flush(name);
    }
    assertThatThrownBy(() -> client.search(name, SearchQuery.nearest(new float[] {1}, 2)))
        .isInstanceOfSatisfying(
            ProximaException.class,
            e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_ARGUMENT));
  }

  @Test
  void insertsOfLiveIdsWriteNothing() {
    docs(3);

    assertThatThrownBy(() -> client.insert(Samples.DOCS, Samples.docs(2, 6)))
        .isInstanceOfSatisfying(
            ProximaException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.ALREADY_EXISTS))
        .hasMessageContaining("doc-2");
    assertThat(ids()).containsExactlyInAnyOrder("doc-0", "doc-1", "doc-2");
  }

  @Test
  void upsertsReplaceAndDeletesRemove() {
    docs(4);
    client.upsert(
        Samples.DOCS,
        List.of(VectorRecord.of("doc-1", new float[] {9, 9, 9, 9}, Map.of("category", "new"))));
    WriteResult deleted = client.delete(Samples.DOCS, List.of("doc-0", "absent", "doc-3"));

    assertThat(deleted.count()).isEqualTo(3);
    assertThat(ids()).containsExactlyInAnyOrder("doc-1", "doc-2");
    Map<String, Object> replaced = client.get(Samples.DOCS, List.of("doc-1")).get(0);
    assertThat(replaced).containsEntry("category", "new").containsEntry("year", null);
    assertThat(replaced.get("vector")).isEqualTo(new float[] {9, 9, 9, 9});
  }

  @Test
  void everyBatchOfAStreamIsAcknowledgedWhenItIsThere() {
    docs(0);
    long last = 0;
    try (RecordWriter writer = client.writer(Samples.DOCS, PutMode.PUT_MODE_INSERT)) {
      for (int batch = 0; batch < 5; batch++) {
        WriteResult result = writer.write(Samples.docs(batch * 10, batch * 10 + 10));
        assertThat(result.count()).isEqualTo(10);
        assertThat(result.sequence()).isGreaterThan(last);
        last = result.sequence();
        assertThat(ids()).hasSize(batch * 10 + 10);
      }
    }
  }

  @Test
  void batchesAcknowledgedBeforeARefusalStay() {
    docs(0);
    try (RecordWriter writer = client.writer(Samples.DOCS, PutMode.PUT_MODE_INSERT)) {
      writer.write(Samples.docs(0, 10));
      assertThatThrownBy(() -> writer.write(Samples.docs(9, 20)))
          .isInstanceOf(ProximaException.class);
    }
    assertThat(ids()).hasSize(10);
  }

  @Test
  void emptyBatchesAreAcknowledgedToo() {
    docs(1);
    try (RecordWriter writer = client.writer(Samples.DOCS, PutMode.PUT_MODE_UPSERT)) {
      assertThat(writer.write(List.of()).count()).isZero();
      assertThat(writer.write(Samples.docs(1, 2)).count()).isEqualTo(1);
    }
    assertThat(ids()).hasSize(2);
  }

  @Test
  void batchesLargerThanAWriteAreSplitAfterTheyAreCheckedWhole() {
    docs(1);
    int rows = 100_002;
    List<String> ids = new ArrayList<>(IntStream.range(0, rows).mapToObj(i -> "n" + i).toList());
    FlightClient flight = server.flight();
    float[] vector = {1, 2, 3, 4};

    for (String wrong : new String[] {"doc-0", "n5", ""}) {
      List<String> broken = new ArrayList<>(ids);
      broken.set(rows - 1, wrong);
      assertThatThrownBy(
              () ->
                  Batches.put(
                      flight,
                      "docs",
                      PutMode.PUT_MODE_INSERT,
                      Batches.many(server.allocator(), broken, vector)))
          .as("last id '%s'", wrong)
          .hasMessageContaining("'" + wrong + "'");
    }
    assertThat(ids()).containsExactly("doc-0");

    PutAcknowledgement written =
        Batches.put(
            flight, "docs", PutMode.PUT_MODE_INSERT, Batches.many(server.allocator(), ids, vector));
    assertThat(written.getRows()).isEqualTo(rows);
    assertThat(ids()).hasSize(rows + 1);
    assertThat(client.delete(Samples.DOCS, ids).count()).isEqualTo(rows);
    assertThat(ids()).containsExactly("doc-0");
  }

  @Test
  void searchesAnswerAsTheEngineDoes() {
    docs(100);
    client.flush(Samples.DOCS);
    client.upsert(Samples.DOCS, Samples.docs(100, 120));
    float[] query = {1, 5, 2, 2};

    SearchResponse answer =
        client.search(
            Samples.DOCS,
            SearchQuery.nearest(query, 7)
                .where("{\"category\": \"odd\"}")
                .returning("year", "vector", "_version", "id"));
    SearchResponse expected =
        engine
            .collection(Samples.DOCS)
            .search(
                SearchRequest.of(query, 7)
                    .where(Filter.equal("category", "odd"))
                    .returning(List.of("year", "vector", "_version")));

    assertThat(answer).usingRecursiveComparison().isEqualTo(expected);
    assertThat(answer.hits())
        .hasSize(7)
        .allSatisfy(hit -> assertThat((float[]) hit.fields().get("vector")).hasSize(4));
    assertThat(answer.recall()).hasValue(1);
    assertThat(answer.snapshotId()).isPresent();
  }

  @Test
  void searchesReturnAllMetadataUnlessToldOtherwise() {
    docs(3);
    SearchQuery query = SearchQuery.nearest(new float[] {1, 1, 1, 1}, 10);

    assertThat(client.search(Samples.DOCS, query).hits())
        .hasSize(3)
        .allSatisfy(hit -> assertThat(hit.fields()).containsOnlyKeys("category", "year"));
    assertThat(client.search(Samples.DOCS, query.returning("id")).hits())
        .extracting(SearchHit::fields)
        .containsOnly(Map.of());
    assertThat(client.search(Samples.DOCS, query.where("{\"year\": 1}")).hits()).isEmpty();
  }

  @Test
  void theFactsOfAnAnswerStandInItsSchemaToo() throws Exception {
    docs(3);
    client.flush(Samples.DOCS);
    String snapshot = Long.toString(client.describe(Samples.DOCS).snapshotId().orElseThrow());
    FlightClient flight = server.flight();

    try (FlightStream stream =
        flight.getStream(
            RunningServer.ticket(
                SearchTicket.newBuilder()
                    .setCollection("docs")
                    .setK(2)
                    .addAllVector(List.of(1f, 2f, 3f, 4f))))) {
      assertThat(stream.getSchema().getFields())
          .extracting(Field::getName)
          .containsExactly("id", "_distance", "category", "year");
      assertThat(stream.getSchema().getCustomMetadata())
          .containsEntry("proximadb.snapshot-id", snapshot)
          .containsEntry("proximadb.rows-scanned-exactly", "3")
          .containsEntry("proximadb.recall", "1.0")
          .containsKeys("proximadb.sequence", "proximadb.strategy");
    }
    try (RowStream scan = client.scan(Samples.DOCS, "")) {
      assertThat(scan.snapshotId()).hasValue(Long.parseLong(snapshot));
      assertThat(scan.sequence()).isPositive();
    }
  }

  @Test
  void scansStreamBatchesOfTheSizeAskedFor() throws Exception {
    docs(2_500);
    client.flush(Samples.DOCS);
    client.upsert(Samples.DOCS, Samples.docs(2_400, 3_000));
    Set<Object> ids = new HashSet<>();
    int batches = 0;
    try (FlightStream stream =
        server
            .flight()
            .getStream(
                RunningServer.ticket(
                    ScanTicket.newBuilder()
                        .setCollection("docs")
                        .addAllColumns(List.of("vector", "id"))
                        .setBatchRows(100)))) {
      while (stream.next()) {
        batches++;
        assertThat(stream.getRoot().getRowCount()).isBetween(1, 100);
        assertThat(stream.getRoot().getSchema().getFields())
            .extracting(Field::getName)
            .containsExactly("vector", "id");
        for (int row = 0; row < stream.getRoot().getRowCount(); row++) {
          assertThat(ids.add(stream.getRoot().getVector("id").getObject(row).toString())).isTrue();
        }
      }
    }
    assertThat(ids).hasSize(3_000);
    assertThat(batches).isGreaterThanOrEqualTo(30);
  }

  @Test
  void scansFilterAndShowSystemColumns() {
    docs(50);
    client.flush(Samples.DOCS);
    try (RowStream scan =
        client.scan(
            Samples.DOCS,
            "{\"year\": {\"$gte\": 2015}, \"category\": \"even\"}",
            "id",
            "year",
            "_version",
            "_updated_at",
            "_cluster_id")) {
      int rows = 0;
      while (scan.hasNext()) {
        Map<String, Object> row = scan.next();
        rows++;
        assertThat((Integer) row.get("year")).isGreaterThanOrEqualTo(2015);
        assertThat((Long) row.get("_version")).isPositive();
        assertThat((Instant) row.get("_updated_at")).isAfter(Instant.EPOCH);
        assertThat(row).containsEntry("_cluster_id", null);
      }
      assertThat(rows)
          .isEqualTo((int) IntStream.range(0, 50).filter(i -> i % 20 >= 15 && i % 2 == 0).count());
    }
  }

  @Test
  void largeScansArriveWhole() {
    docs(0);
    int rows = 60_000;
    for (int from = 0; from < rows; from += 20_000) {
      client.upsert(Samples.DOCS, Samples.docs(from, from + 20_000));
    }
    client.flush(Samples.DOCS);
    Set<Object> ids = new HashSet<>();
    double sum = 0;
    try (RowStream scan = client.scan(Samples.DOCS, "", "id", "vector")) {
      while (scan.hasNext()) {
        Map<String, Object> row = scan.next();
        ids.add(row.get("id"));
        sum += ((float[]) row.get("vector"))[1];
      }
    }
    assertThat(ids).hasSize(rows);
    assertThat(sum).isEqualTo((double) rows * (rows - 1) / 2);
  }

  @Test
  void expiredRecordsAreNotShown() {
    docs(1);
    client.upsert(Samples.DOCS, List.of(Samples.doc(1).expiringAt(Instant.now().minusSeconds(1))));
    client.upsert(
        Samples.DOCS, List.of(Samples.doc(2).expiringAt(Instant.parse("2999-01-01T00:00:00Z"))));

    assertThat(ids()).containsExactlyInAnyOrder("doc-0", "doc-2");
  }

  @Test
  void flightsAreListedWithTicketsThatWork() throws Exception {
    docs(3);
    client.create(CollectionName.parse("tenant.other"), Samples.EVERYTHING);
    FlightClient flight = server.flight();

    List<FlightInfo> all = new ArrayList<>();
    flight.listFlights(Criteria.ALL).forEach(all::add);
    List<FlightInfo> tenant = new ArrayList<>();
    flight
        .listFlights(new Criteria("tenant".getBytes(StandardCharsets.UTF_8)))
        .forEach(tenant::add);

    assertThat(all).extracting(info -> info.getDescriptor().getPath()).hasSize(2);
    assertThat(tenant)
        .extracting(info -> info.getDescriptor().getPath())
        .containsExactly(List.of("tenant", "other"));
    FlightInfo info = flight.getInfo(FlightDescriptor.path("default", "docs"));
    assertThat(rows(flight, info.getEndpoints().get(0).getTicket())).isEqualTo(3);
    assertThat(info.getSchemaOptional().orElseThrow().getFields())
        .extracting(Field::getName)
        .containsExactly("id", "category", "year", "expires_at", "vector");
    assertThat(flight.getSchema(FlightDescriptor.path("docs")).getSchema())
        .isEqualTo(info.getSchemaOptional().orElseThrow());
    assertThat(flight.pollInfo(FlightDescriptor.path("docs")).getFlightInfo().getEndpoints())
        .isEqualTo(info.getEndpoints());
  }

  @Test
  void ticketsAreDescriptorsToo() throws Exception {
    docs(3);
    FlightClient flight = server.flight();
    Ticket search =
        RunningServer.ticket(
            SearchTicket.newBuilder()
                .setCollection("docs")
                .setK(2)
                .addAllVector(List.of(1f, 2f, 3f, 4f))
                .addColumns("year"));

    FlightInfo info = flight.getInfo(FlightDescriptor.command(search.getBytes()));

    assertThat(info.getSchemaOptional().orElseThrow().getFields())
        .extracting(Field::getName)
        .containsExactly("id", "_distance", "year");
    assertThat(rows(flight, info.getEndpoints().get(0).getTicket())).isEqualTo(2);
  }

  private static int rows(FlightClient flight, Ticket ticket) throws Exception {
    int rows = 0;
    try (FlightStream stream = flight.getStream(ticket)) {
      while (stream.next()) {
        rows += stream.getRoot().getRowCount();
      }
    }
    return rows;
  }

  @Test
  void actionsAreListedAndStatusIsTold() {
    List<String> types = new ArrayList<>();
    server.flight().listActions().forEach(type -> types.add(type.getType()));
    StatusResponse status = client.status();

    assertThat(types)
        .contains("create", "describe", "list", "drop", "flush", "status")
        .contains("CreateCollection", "Search", "ScanRecords", "RotateKey");
    assertThat(status.getVersion()).isNotEmpty();
    assertThat(status.getRunningScans()).isZero();
    assertThat(status.getArrowBytesLimit()).isEqualTo(1L << 30);
  }

  @Test
  void flushesTellWhatTheyDid() {
    docs(10);
    assertThat(client.flush(Samples.DOCS).rows()).isEqualTo(10);
    client.upsert(Samples.DOCS, Samples.docs(5, 12));
    var second = client.flush(Samples.DOCS);

    assertThat(second.rows()).isEqualTo(7);
    assertThat(second.superseded()).isEqualTo(5);
    assertThat(second.snapshotId()).isEqualTo(client.describe(Samples.DOCS).snapshotId());
    assertThat(client.flush(Samples.DOCS).snapshotId()).isEmpty();
  }

  @Test
  void aRestartedServerShowsWhatWasAcknowledged() throws Exception {
    docs(20);
    client.delete(Samples.DOCS, List.of("doc-3"));
    stop();
    start();

    assertThat(ids()).hasSize(19).doesNotContain("doc-3");
  }

  private List<Object> ids() {
    List<Object> ids = new ArrayList<>();
    try (RowStream scan = client.scan(Samples.DOCS, "", "id")) {
      scan.forEachRemaining(row -> ids.add(row.get("id")));
    }
    return ids;
  }
}
