package io.proximadb.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.SearchQuery;
import io.proximadb.client.SearchStream;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.ProximaException;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.ReadAt;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchAnswers;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.SparseQuery;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many queries in a ticket, streams of queries, earlier states, and scans for several readers. */
class FlightSearchTest {
  @TempDir Path warehouse;
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private ProximaEngine engine;
  private RunningServer server;
  private ProximaFlightClient client;

  @BeforeEach
  void start() {
    engine = ProximaEngine.open(EngineOptions.local(warehouse));
    server = RunningServer.insecure(EngineAccess.of(engine));
    client = server.client();
    client.create(Samples.DOCS, Samples.DOCS_SCHEMA);
    client.upsert(Samples.DOCS, Samples.docs(0, 900));
    client.flush(Samples.DOCS);
    client.upsert(Samples.DOCS, Samples.docs(850, 1_000));
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    engine.close();
  }

  private List<float[]> queries(int count) {
    List<float[]> queries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      queries.add(
          new float[] {
            random.nextFloat() + 0.1f, random.nextFloat() * 1_000, random.nextFloat() * 7, 2
          });
    }
    return queries;
  }

  /** What the engine itself answers to each query alone. */
  private List<SearchResponse> expected(List<float[]> queries, int k, long year) {
    return queries.stream()
        .map(
            query ->
                engine
                    .collection(Samples.DOCS)
                    .search(
                        SearchRequest.of(query, k)
                            .where(FilterJson.parse("{\"year\": {\"$gt\": " + year + "}}"))
                            .returning(List.of("year", "vector"))
                            .exactly()))
        .toList();
  }

  private static SearchQuery common(int k, long year) {
    return SearchQuery.forEach(k)
        .where("{\"year\": {\"$gt\": " + year + "}}")
        .returning("year", "vector")
        .recall(1);
  }

  private void assertSame(List<SearchResponse> answers, List<SearchResponse> expected) {
    assertThat(answers).as("seed %d", seed).hasSameSizeAs(expected);
    for (int query = 0; query < expected.size(); query++) {
      assertThat(answers.get(query).hits())
          .as("seed %d, query %d", seed, query)
          .usingRecursiveComparison()
          .isEqualTo(expected.get(query).hits());
      assertThat(answers.get(query).recall()).hasValue(1);
      assertThat(answers.get(query).sequence()).isEqualTo(expected.get(query).sequence());
    }
  }

  @Test
  void manyQueriesInATicketAreAnsweredAsEachAlone() {
    List<float[]> queries = queries(40);
    assertSame(client.search(Samples.DOCS, common(6, 2007), queries), expected(queries, 6, 2007));
    // More than match, and none.
    assertSame(client.search(Samples.DOCS, common(99, 2018), queries), expected(queries, 99, 2018));
    assertSame(client.search(Samples.DOCS, common(5, 3000), queries), expected(queries, 5, 3000));
  }

  @Test
  void streamsOfQueriesAreAnsweredInOrderWhileFurtherOnesCome() {
    List<List<float[]>> batches = new ArrayList<>();
    for (int size : new int[] {1, 32, 0, 7, 300, 32, 1, 32, 32, 5, 32, 32}) {
      batches.add(queries(size));
    }
    try (SearchStream stream = client.searches(Samples.DOCS, common(4, 2003))) {
      batches.forEach(stream::send);
      stream.complete();
      for (List<float[]> batch : batches) {
        assertSame(stream.next(), expected(batch, 4, 2003));
      }
      assertThatThrownBy(stream::next).hasMessageContaining("ended the stream");
    }
    // One by one, too: an answer does not wait for what comes after its batch.
    try (SearchStream stream = client.searches(Samples.DOCS, common(4, 2003))) {
      for (List<float[]> batch : batches.subList(0, 4)) {
        stream.send(batch);
        assertSame(stream.next(), expected(batch, 4, 2003));
      }
    }
  }

  @Test
  void aStreamShowsWritesMadeMeanwhile() {
    try (SearchStream stream = client.searches(Samples.DOCS, SearchQuery.forEach(1))) {
      float[] query = {9, -4, 3, 7};
      for (int round = 0; round < 3; round++) {
        String id = "fresh-" + round;
        client.upsert(
            Samples.DOCS,
            List.of(VectorRecord.of(id, new float[] {9, -4, 3, 7 - 0.1f * (2 - round)}, Map.of())));
        stream.send(List.of(query));
        assertThat(stream.next().get(0).hits().get(0).id()).isEqualTo(id);
      }
    }
  }

  @Test
  void sparseQueriesAreAnsweredInOneCall() throws Exception {
    CollectionName name = CollectionName.parse("sparse");
    client.create(name, CollectionSchema.builder().sparse("terms", 1_000, Metric.DOT).build());
    SparseVector both = SparseVector.of(new int[] {3, 70}, new float[] {0.5f, 2});
    SparseVector one = SparseVector.of(new int[] {3}, new float[] {4});
    client.upsert(
        name,
        List.of(
            new VectorRecord("a", Map.of(), Map.of(), null).withSparse("terms", both),
            new VectorRecord("b", Map.of(), Map.of(), null).withSparse("terms", one)));
    SearchTicket.Builder ticket =
        SearchTicket.newBuilder()
            .setCollection("sparse")
            .setField("terms")
            .setK(1)
            .addSparseQueries(SparseQuery.newBuilder().addIndices(70).addValues(1))
            .addSparseQueries(SparseQuery.newBuilder().addIndices(3).addValues(1));
    try (FlightStream stream = server.flight().getStream(RunningServer.ticket(ticket))) {
      assertThat(stream.next()).isTrue();
      byte[] facts = new byte[(int) stream.getLatestMetadata().readableBytes()];
      stream.getLatestMetadata().getBytes(0, facts);
      assertThat(SearchAnswers.parseFrom(facts).getAnswersList()).hasSize(2);
      assertThat(stream.getRoot().contentToTSVString())
          .isEqualTo("_query\tid\t_distance\n0\ta\t-2.0\n1\tb\t-4.0\n");
    }
  }

  @Test
  void whatIsWrongWithQueriesIsTold() {
    FlightClient flight = server.flight();
    SearchTicket.Builder good =
        SearchTicket.newBuilder()
            .setCollection("docs")
            .setK(2)
            .addAllVector(List.of(1f, 2f, 3f, 4f));
    Map<SearchTicket.Builder, String> wrong =
        Map.of(
            good.clone().setRecall(0), "recall: 0.0",
            good.clone().setRecall(1.5), "recall: 1.5",
            good.clone().setEffort(-1), "effort: -1",
            good.clone().setQueries(ByteString.copyFrom(new byte[16])), "more than one way",
            good.clone().clearVector().setQueries(ByteString.copyFrom(new byte[15])),
                "15 bytes (expected a multiple of 16",
            good.clone().clearVector().setQueries(ByteString.copyFrom(new byte[16 * 10_001])),
                "10001 (expected at most 10000)",
            good.clone().setMinSequence(3).setReadAt(ReadAt.newBuilder().setSnapshotId(1)),
                "both an earlier state and a sequence",
            good.clone().setReadAt(ReadAt.getDefaultInstance()), "expected snapshotId or asOf");
    wrong.forEach(
        (ticket, message) ->
            assertThatThrownBy(
                    () -> {
                      try (FlightStream stream = flight.getStream(RunningServer.ticket(ticket))) {
                        stream.next();
                      }
                    })
                .isInstanceOfSatisfying(
                    FlightRuntimeException.class,
                    e -> assertThat(e.status().code().name()).isEqualTo("INVALID_ARGUMENT"))
                .hasMessageContaining(message));
    assertRefused(SearchQuery.nearest(new float[] {1, 2, 3, 4}, 2), "it has a query");
    assertRefused(SearchQuery.forEach(0), "k: 0");
    assertRefused(SearchQuery.forEach(2).where("{\"absent\": 1}"), "absent");
    assertRefused(SearchQuery.forEach(2).returning("absent"), "absent");
    FlightDescriptor path = FlightDescriptor.path("default", "docs");
    try (FlightClient.ExchangeReaderWriter exchange = flight.doExchange(path)) {
      exchange.getWriter().completed();
      assertThatThrownBy(() -> exchange.getReader().next()).hasMessageContaining("descriptor");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void assertRefused(SearchQuery common, String message) {
    try (SearchStream stream = client.searches(Samples.DOCS, common)) {
      assertThatThrownBy(
              () -> {
                stream.send(queries(2));
                stream.next();
              })
          .isInstanceOfSatisfying(
              ProximaException.class,
              e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_ARGUMENT))
          .hasMessageContaining(message);
    }
  }

  @Test
  void scansAreDividedAmongReadersWithEachRowOnce() throws Exception {
    // Two more files, with rows that others replace, and rows that are in no file yet.
    client.flush(Samples.DOCS);
    client.delete(Samples.DOCS, List.of("doc-17", "doc-899"));
    client.upsert(Samples.DOCS, Samples.docs(500, 700));
    long snapshot = client.flush(Samples.DOCS).snapshotId().orElseThrow();
    client.upsert(Samples.DOCS, Samples.docs(2_000, 2_100));
    FlightClient flight = server.flight();

    for (int parts : new int[] {1, 3, 8, 64}) {
      for (String filter : new String[] {"", "{\"category\": \"odd\"}"}) {
        FlightInfo info =
            flight.getInfo(
                descriptor(
                    ScanTicket.newBuilder()
                        .setCollection("docs")
                        .setFilterJson(filter)
                        .addColumns("id")
                        .addColumns("vector")
                        .setReadAt(ReadAt.newBuilder().setSnapshotId(snapshot))
                        .setEndpoints(parts)));
        assertThat(info.getEndpoints()).hasSize(parts);
        List<Integer> sizes = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (var endpoint : info.getEndpoints()) {
          int before = ids.size();
          sizes.add(read(flight, endpoint.getTicket(), ids));
          assertThat(ids).hasSize(before + sizes.get(sizes.size() - 1));
        }
        assertThat(ids)
            .hasSize(filter.isEmpty() ? 998 : 498)
            .doesNotContain("doc-17", "doc-899", "doc-2000");
        assertThat(sizes).as("of %d", parts).allMatch(size -> size <= 2 * 998 / parts + 3);
      }
    }
    assertThatThrownBy(
            () ->
                flight.getInfo(
                    descriptor(ScanTicket.newBuilder().setCollection("docs").setEndpoints(65))))
        .hasMessageContaining("endpoints: 65");
    assertThatThrownBy(
            () ->
                read(
                    flight,
                    RunningServer.ticket(
                        ScanTicket.newBuilder().setCollection("docs").setParts(2).setPart(1)),
                    new HashSet<>()))
        .hasMessageContaining("of no snapshot");
  }

  @Test
  void earlierStatesAreScannedAndSearchedAndSequencesWaitedFor() throws Exception {
    long snapshot = client.describe(Samples.DOCS).snapshotId().orElseThrow();
    ReadAt.Builder readAt = ReadAt.newBuilder().setSnapshotId(snapshot);
    FlightClient flight = server.flight();
    Set<String> then = new HashSet<>();
    read(
        flight,
        RunningServer.ticket(
            ScanTicket.newBuilder().setCollection("docs").addColumns("id").setReadAt(readAt)),
        then);
    assertThat(then).hasSize(900);
    Set<String> found = new HashSet<>();
    read(
        flight,
        RunningServer.ticket(
            SearchTicket.newBuilder()
                .setCollection("docs")
                .setK(1_000)
                .addAllVector(List.of(1f, 2f, 3f, 4f))
                .setReadAt(readAt)),
        found);
    assertThat(found).isEqualTo(then);

    long sequence = client.upsert(Samples.DOCS, Samples.docs(5_000, 5_001)).sequence();
    assertThat(
            client
                .search(
                    Samples.DOCS,
                    SearchQuery.nearest(new float[] {1, 2, 3, 4}, 2).atLeast(sequence))
                .sequence())
        .isGreaterThanOrEqualTo(sequence);
  }

  private static FlightDescriptor descriptor(ScanTicket.Builder scan) {
    return FlightDescriptor.command(RunningServer.ticket(scan).getBytes());
  }

  private static int read(FlightClient flight, Ticket ticket, Set<String> ids) throws Exception {
    int rows = 0;
    try (FlightStream stream = flight.getStream(ticket)) {
      while (stream.next()) {
        rows += stream.getRoot().getRowCount();
        for (int row = 0; row < stream.getRoot().getRowCount(); row++) {
          ids.add(stream.getRoot().getVector("id").getObject(row).toString());
        }
      }
    }
    return rows;
  }
}
