package io.proximadb.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.RowStream;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.proto.v1.CreateCollectionRequest;
import io.proximadb.proto.v1.DescribeCollectionRequest;
import io.proximadb.proto.v1.FlushRequest;
import io.proximadb.proto.v1.GetTicket;
import io.proximadb.proto.v1.ListCollectionsRequest;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.server.arrow.ArrowTypes;
import io.proximadb.server.flight.FlightLimits;
import io.proximadb.server.proto.SchemaMessages;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong gets an error that names value and expectation, and leaves nothing behind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  private static final int MAX_MESSAGE_BYTES = 1 << 20;

  private ProximaEngine engine;
  private RunningServer server;
  private FlightClient flight;
  private ProximaFlightClient client;

  /** A call that must fail. */
  @FunctionalInterface
  interface Call {
    void run() throws Exception;
  }

  @BeforeAll
  void start(@TempDir Path warehouse) {
    engine = ProximaEngine.open(EngineOptions.local(warehouse));
    server =
        RunningServer.limited(
            EngineAccess.of(engine),
            FlightLimits.defaults().withMaxMessageBytes(MAX_MESSAGE_BYTES));
    flight = server.flight();
    client = server.client();
    client.create(Samples.DOCS, Samples.DOCS_SCHEMA);
    client.upsert(Samples.DOCS, Samples.docs(0, 3));
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    engine.close();
  }

  private static Arguments wrong(
      String name, Call call, FlightStatusCode code, String... messageParts) {
    return Arguments.of(name, call, code, List.of(messageParts));
  }

  private static Arguments invalid(String name, Call call, String... messageParts) {
    return wrong(name, call, FlightStatusCode.INVALID_ARGUMENT, messageParts);
  }

  Stream<Arguments> puts() {
    float[] good = {1, 2, 3, 4};
    return Stream.of(
        invalid("dimension", () -> upsert("new", good, "x", new float[3]), "'x'", "3 (expected 4)"),
        invalid(
            "NaN",
            () -> upsert("new", good, "x", new float[] {1, Float.NaN, 0, 0}),
            "component 1",
            "'x'",
            "NaN (expected a finite number)"),
        invalid(
            "infinity",
            () -> upsert("x", new float[] {1, 2, 3, Float.NEGATIVE_INFINITY}),
            "-Infinity (expected a finite number)"),
        invalid("zero vector", () -> upsert("new", good, "x", new float[4]), "'x'", "COSINE"),
        invalid("null vector", () -> upsert("new", good, "x", null), "'vector' in row 1: null"),
        invalid("null id", () -> upsert("new", good, null, good), "id in row 1: null"),
        invalid("empty id", () -> upsert("new", good, "", good), "Invalid id: ''"),
        invalid(
            "long id", () -> upsert("i".repeat(1_025), good), "1025 bytes (expected at most 1024)"),
        invalid("id twice in an upsert", () -> upsert("twice", good, "twice", good), "twice"),
        Arguments.of(
            "id twice in an insert",
            (Call) () -> put(PutMode.PUT_MODE_INSERT, "twice", good, "twice", good),
            null,
            List.of("twice")),
        wrong(
            "live id in an insert",
            () -> put(PutMode.PUT_MODE_INSERT, "new", good, "doc-1", good),
            FlightStatusCode.ALREADY_EXISTS,
            "doc-1"),
        invalid("no mode", () -> put(PutMode.PUT_MODE_UNSPECIFIED, "new", good), "mode"),
        invalid(
            "vector in a deletion",
            () -> put(PutMode.PUT_MODE_DELETE, "doc-1", good),
            "'vector' (expected 'id' alone"),
        invalid("unknown column", () -> putColumn("colour"), "'colour' (expected one of [id, "),
        invalid("no vector column", () -> putColumn("year"), "no column 'vector'"),
        wrong(
            "unknown collection",
            () -> putTo("nowhere", good),
            FlightStatusCode.NOT_FOUND,
            "default.nowhere"),
        invalid("bad collection name", () -> putTo("9lives", good), "'9lives'", "[A-Za-z]"),
        invalid(
            "path as descriptor",
            () -> Batches.put(flight, FlightDescriptor.path("docs"), records("x", good)),
            "expected a command"),
        invalid(
            "nonsense as descriptor",
            () ->
                Batches.put(
                    flight, FlightDescriptor.command(new byte[] {-1, 7}), records("x", good)),
            "Invalid put command"),
        Arguments.of(
            "batch over the limit",
            (Call)
                () ->
                    Batches.put(
                        flight,
                        "docs",
                        PutMode.PUT_MODE_UPSERT,
                        Batches.many(
                            server.allocator(),
                            Collections.nCopies(MAX_MESSAGE_BYTES / 16, "big"),
                            good)),
            // RESOURCE_EXHAUSTED, or CANCELLED where the transport's reset of the stream is faster.
            null,
            List.of("e")));
  }

  Stream<Arguments> reads() {
    return Stream.of(
        invalid("dimension", () -> search(searching().addVector(5)), "5 (expected 4)"),
        invalid("no vector", () -> search(searching().clearVector()), "0 (expected 4)"),
        invalid("NaN", () -> search(searching().setVector(2, Float.NaN)), "component 2", "NaN"),
        invalid(
            "zero vector",
            () -> search(searching().clearVector().addAllVector(List.of(0f, 0f, 0f, 0f))),
            "COSINE"),
        invalid("k = 0", () -> search(searching().setK(0)), "Invalid k: 0 (expected 1 to 10000)"),
        invalid("k < 0", () -> search(searching().setK(-5)), "Invalid k: -5"),
        invalid("k too large", () -> search(searching().setK(10_001)), "Invalid k: 10001"),
        invalid("unknown field", () -> search(searching().setField("image")), "'image'"),
        invalid("unknown column", () -> search(searching().addColumns("colour")), "'colour'"),
        invalid(
            "column twice",
            () -> search(searching().addColumns("year").addColumns("year")),
            "'year' stands twice"),
        invalid("broken JSON", () -> search(searching().setFilterJson("{\"year\"")), "filter"),
        invalid(
            "unknown operator",
            () -> search(searching().setFilterJson("{\"year\": {\"$near\": 1}}")),
            "$near"),
        invalid(
            "filter on unknown column",
            () -> search(searching().setFilterJson("{\"colour\": 1}")),
            "colour"),
        invalid(
            "filter of wrong type",
            () -> search(searching().setFilterJson("{\"year\": \"soon\"}")),
            "year"),
        wrong(
            "unknown collection",
            () -> search(searching().setCollection("no.where")),
            FlightStatusCode.NOT_FOUND,
            "no.where"),
        invalid("bad name", () -> search(searching().setCollection("a.b.c")), "'a.b.c'"),
        invalid("empty name", () -> search(searching().setCollection("")), "''"),
        invalid("scan of unknown column", () -> scan(scanning().addColumns("x")), "'x'"),
        invalid(
            "scan of column twice",
            () -> scan(scanning().addColumns("id").addColumns("id")),
            "twice"),
        invalid("scan with broken filter", () -> scan(scanning().setFilterJson("[]")), "filter"),
        invalid("scan with batch of -1", () -> scan(scanning().setBatchRows(-1)), "-1"),
        invalid("scan with large batch", () -> scan(scanning().setBatchRows(65_537)), "65537"),
        wrong(
            "scan of unknown collection",
            () -> scan(scanning().setCollection("nowhere")),
            FlightStatusCode.NOT_FOUND,
            "nowhere"),
        invalid("get with empty id", () -> get(getting().addIds("")), "Invalid id: ''"),
        invalid(
            "get of too many ids",
            () -> get(getting().addAllIds(Collections.nCopies(10_001, "x"))),
            "10001 (expected at most 10000)"),
        invalid("empty ticket", () -> read(new byte[0]), "expected search, scan or get"),
        invalid("nonsense ticket", () -> read(new byte[] {1, 2, 3}), "Invalid ticket: 3 bytes"),
        invalid(
            "long path",
            () -> flight.getInfo(FlightDescriptor.path("a", "b", "c")),
            "[a, b, c] (expected namespace and collection)"));
  }

  Stream<Arguments> actions() {
    return Stream.of(
        invalid(
            "unknown action",
            () -> act("explode", new byte[0]),
            "'explode'",
            "[CreateCollection, "),
        invalid("nonsense body", () -> act("create", new byte[] {9, 9}), "body of action 'create'"),
        invalid("bad name", () -> create("bad-name"), "'bad-name'", "[A-Za-z]"),
        invalid("reserved field", () -> createWith("expires_at"), "'expires_at'"),
        invalid("field twice", () -> createWith("VECTOR"), "'VECTOR' (stands twice)"),
        wrong("existing name", () -> create("docs"), FlightStatusCode.ALREADY_EXISTS, "docs"),
        wrong(
            "describe of none",
            () ->
                act(
                    "describe",
                    DescribeCollectionRequest.newBuilder()
                        .setCollection("none")
                        .build()
                        .toByteArray()),
            FlightStatusCode.NOT_FOUND,
            "none"),
        wrong(
            "flush of none",
            () ->
                act("flush", FlushRequest.newBuilder().setCollection("none").build().toByteArray()),
            FlightStatusCode.NOT_FOUND,
            "none"),
        invalid(
            "list of a bad namespace",
            () ->
                act(
                    "list",
                    ListCollectionsRequest.newBuilder().setNamespace("a/b").build().toByteArray()),
            "'a/b'"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"puts", "reads", "actions"})
  void isRefusedAndLeavesNothingBehind(
      String name, Call call, FlightStatusCode code, List<String> messageParts) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> {
              if (code != null) {
                assertThat(e.status().code()).as(e.getMessage()).isEqualTo(code);
              }
              assertThat(e.getMessage()).contains(messageParts);
            });
    assertThat(client.list()).containsExactly(Samples.DOCS);
    try (RowStream scan = client.scan(Samples.DOCS, "", "id")) {
      assertThat(scan).toIterable().hasSize(3);
    }
  }

  private VectorSchemaRoot records(Object... idsAndVectors) {
    return Batches.records(server.allocator(), idsAndVectors);
  }

  private void upsert(Object... idsAndVectors) {
    put(PutMode.PUT_MODE_UPSERT, idsAndVectors);
  }

  private void put(PutMode mode, Object... idsAndVectors) {
    Batches.put(flight, "docs", mode, records(idsAndVectors));
  }

  private void putTo(String collection, float[] vector) {
    Batches.put(flight, collection, PutMode.PUT_MODE_UPSERT, records("x", vector));
  }

  private void putColumn(String column) {
    Schema schema =
        new Schema(
            List.of(ArrowTypes.field("id", Scalar.STRING), ArrowTypes.field(column, Scalar.INT)));
    VectorSchemaRoot root = VectorSchemaRoot.create(schema, server.allocator());
    root.setRowCount(1);
    Batches.put(flight, "docs", PutMode.PUT_MODE_UPSERT, root);
  }

  private static SearchTicket.Builder searching() {
    return SearchTicket.newBuilder()
        .setCollection("docs")
        .setK(3)
        .addAllVector(List.of(1f, 2f, 3f, 4f));
  }

  private static ScanTicket.Builder scanning() {
    return ScanTicket.newBuilder().setCollection("docs");
  }

  private static GetTicket.Builder getting() {
    return GetTicket.newBuilder().setCollection("docs");
  }

  private void search(SearchTicket.Builder ticket) throws Exception {
    read(RunningServer.ticket(ticket).getBytes());
  }

  private void scan(ScanTicket.Builder ticket) throws Exception {
    read(RunningServer.ticket(ticket).getBytes());
  }

  private void get(GetTicket.Builder ticket) throws Exception {
    read(io.proximadb.proto.v1.Ticket.newBuilder().setGet(ticket).build().toByteArray());
  }

  private void read(byte[] ticket) throws Exception {
    try (FlightStream stream = flight.getStream(new Ticket(ticket))) {
      while (stream.next()) {}
    }
  }

  private void create(String name) {
    act(
        "create",
        CreateCollectionRequest.newBuilder()
            .setCollection(name)
            .setSchema(SchemaMessages.toMessage(Samples.DOCS_SCHEMA))
            .build()
            .toByteArray());
  }

  private void createWith(String field) {
    act(
        "create",
        CreateCollectionRequest.newBuilder()
            .setCollection("fresh")
            .setSchema(
                SchemaMessages.toMessage(Samples.DOCS_SCHEMA).toBuilder()
                    .addMetadataFields(
                        io.proximadb.proto.v1.MetadataField.newBuilder()
                            .setName(field)
                            .setType(
                                io.proximadb.proto.v1.FieldType.newBuilder()
                                    .setScalar(io.proximadb.proto.v1.ScalarType.SCALAR_TYPE_INT))))
            .build()
            .toByteArray());
  }

  private void act(String type, byte[] body) {
    flight.doAction(new Action(type, body)).forEachRemaining(result -> {});
  }
}
