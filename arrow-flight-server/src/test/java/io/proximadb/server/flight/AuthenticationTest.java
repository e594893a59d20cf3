package io.proximadb.server.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.RunningServer;
import io.proximadb.server.Samples;
import io.proximadb.server.ServerOptions;
import io.proximadb.server.arrow.ArrowTypes;
import io.proximadb.server.auth.ApiKeys;
import io.proximadb.server.auth.Grant;
import io.proximadb.server.auth.Role;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every Flight method against every way of not having the key. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthenticationTest {
  private ProximaEngine engine;
  private RunningServer server;
  private FlightClient client;
  private String key;

  @BeforeAll
  void start(@TempDir Path folder) {
    engine = ProximaEngine.open(EngineOptions.local(folder));
    engine.createCollection(Samples.DOCS, Samples.DOCS_SCHEMA).upsert(Samples.docs(0, 3));
    server =
        RunningServer.start(
            EngineAccess.of(engine), ServerOptions.secured(folder.resolve("keys.json")));
    client = server.flight();
    key = server.server().newAdminKey().orElseThrow();
  }

  @AfterAll
  void stop() throws Exception {
    server.close();
    engine.close();
  }

  private Map<String, BiConsumer<FlightClient, CallOption[]>> methods() {
    Map<String, BiConsumer<FlightClient, CallOption[]>> methods = new LinkedHashMap<>();
    FlightDescriptor path = FlightDescriptor.path("default", "docs");
    methods.put("Handshake", (flight, options) -> flight.handshake(options));
    methods.put(
        "ListFlights", (flight, options) -> drain(flight.listFlights(Criteria.ALL, options)));
    methods.put("GetFlightInfo", (flight, options) -> flight.getInfo(path, options));
    methods.put("PollFlightInfo", (flight, options) -> flight.pollInfo(path, options));
    methods.put("GetSchema", (flight, options) -> flight.getSchema(path, options));
    methods.put("DoGet search", this::search);
    methods.put("DoGet scan", this::scan);
    methods.put("DoPut", this::put);
    methods.put("DoExchange", this::exchange);
    methods.put("ListActions", (flight, options) -> drain(flight.listActions(options)));
    for (String action :
        List.of("create", "describe", "list", "drop", "flush", "status", "nonsense")) {
      methods.put(
          "DoAction " + action,
          (flight, options) ->
              flight.doAction(new Action(action), options).forEachRemaining(result -> {}));
    }
    return methods;
  }

  private static void drain(Iterable<?> results) {
    results.forEach(result -> {});
  }

  private void search(FlightClient flight, CallOption[] options) {
    drain(
        flight.getStream(
            RunningServer.ticket(
                SearchTicket.newBuilder()
                    .setCollection("docs")
                    .setK(1)
                    .addAllVector(List.of(1f, 2f, 3f, 4f))),
            options));
  }

  private void scan(FlightClient flight, CallOption[] options) {
    drain(
        flight.getStream(
            RunningServer.ticket(ScanTicket.newBuilder().setCollection("docs")), options));
  }

  private static void drain(FlightStream stream) {
    try (stream) {
      while (stream.next()) {}
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void put(FlightClient flight, CallOption[] options) {
    Schema ids =
        new Schema(List.of(ArrowTypes.field("id", io.proximadb.model.FieldType.Scalar.STRING)));
    try (VectorSchemaRoot root = VectorSchemaRoot.create(ids, server.allocator())) {
      FlightClient.ClientStreamListener stream =
          flight.startPut(
              RunningServer.put("docs", PutMode.PUT_MODE_DELETE),
              root,
              new AsyncPutListener(),
              options);
      stream.completed();
      stream.getResult();
    }
  }

  private void exchange(FlightClient flight, CallOption[] options) {
    try (FlightClient.ExchangeReaderWriter exchange =
        flight.doExchange(FlightDescriptor.path("x"), options)) {
      exchange.getWriter().completed();
      while (exchange.getReader().next()) {}
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static CallOption[] header(String name, String value) {
    FlightCallHeaders headers = new FlightCallHeaders();
    headers.insert(name, value);
    return new CallOption[] {new HeaderCallOption(headers)};
  }

  Stream<Arguments> methodsWithoutTheKey() {
    Map<String, CallOption[]> keys = new LinkedHashMap<>();
    keys.put("no key", RunningServer.noKey());
    keys.put("wrong key", header("authorization", "Bearer pxk_" + "A".repeat(43)));
    keys.put("empty key", header("authorization", "Bearer "));
    keys.put("key without scheme", header("authorization", key));
    keys.put("another scheme", header("authorization", "Basic " + key));
    keys.put("key in another header", header("x-api-key", "Bearer " + key));
    return methods().entrySet().stream()
        .flatMap(
            method ->
                keys.entrySet().stream()
                    .map(
                        each ->
                            Arguments.of(
                                method.getKey(),
                                each.getKey(),
                                method.getValue(),
                                each.getValue())));
  }

  @ParameterizedTest(name = "{0} with {1}")
  @MethodSource("methodsWithoutTheKey")
  void everyMethodRefusesWhoHasNoKey(
      String method,
      String keyKind,
      BiConsumer<FlightClient, CallOption[]> call,
      CallOption[] options) {
    assertThatThrownBy(() -> call.accept(client, options))
        .isInstanceOfSatisfying(
            FlightRuntimeException.class,
            e -> {
              assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAUTHENTICATED);
              assertThat(e).hasMessageContaining("Cannot authenticate call: ");
              assertThat(e.getMessage()).doesNotContain(key).doesNotContain("AAAA");
            });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methodNames")
  void noMethodRefusesWhoHasTheKey(String name) {
    // Some of the calls are wrong for other reasons, which is how one sees that they were looked
    // at.
    FlightStatusCode code = FlightStatusCode.OK;
    try {
      methods().get(name).accept(client, header("authorization", "bearer " + key));
    } catch (FlightRuntimeException e) {
      code = e.status().code();
    }
    assertThat(code).isNotIn(FlightStatusCode.UNAUTHENTICATED, FlightStatusCode.UNAUTHORIZED);
  }

  Stream<String> methodNames() {
    return methods().keySet().stream();
  }

  @Test
  void aPutStreamEndsWithItsKey() throws Exception {
    ApiKeys keys = server.server().gate().keys().orElseThrow();
    String brief =
        keys.create("brief", List.of(Grant.namespace("default", Role.WRITE)), null).key();
    Schema ids =
        new Schema(List.of(ArrowTypes.field("id", io.proximadb.model.FieldType.Scalar.STRING)));
    try (VectorSchemaRoot root = VectorSchemaRoot.create(ids, server.allocator());
        SyncPutListener acknowledgements = new SyncPutListener()) {
      FlightClient.ClientStreamListener stream =
          client.startPut(
              RunningServer.put("docs", PutMode.PUT_MODE_DELETE),
              root,
              acknowledgements,
              header("authorization", "Bearer " + brief));
      root.setRowCount(0);
      stream.putNext();
      try (PutResult first = acknowledgements.read()) {
        assertThat(first).isNotNull();
      }
      keys.revoke("brief");
      stream.putNext();
      stream.completed();
      assertThatThrownBy(
              () -> {
                try (PutResult second = acknowledgements.read()) {
                  assertThat(second).as("nothing is acknowledged").isNull();
                }
                stream.getResult();
              })
          .hasStackTraceContaining("Cannot authenticate call: unknown API key");
    }
  }

  @Test
  void refusedCallsChangeNothing() {
    CollectionName name = CollectionName.parse("docs");
    assertThat(server.client(key).get(name, List.of("doc-0", "doc-1", "doc-2"))).hasSize(3);
    assertThat(server.client(key).list()).containsExactly(name);
  }

  @Test
  void theTypedClientTellsOfAMissingKey() {
    assertThatThrownBy(() -> server.client().list())
        .isInstanceOf(FlightRuntimeException.class)
        .hasMessageContaining("no API key (expected the header 'authorization: Bearer <key>')");
  }
}
