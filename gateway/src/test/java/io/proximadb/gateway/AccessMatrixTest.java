package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.DescriptorProtos.MethodOptions;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.ClientCalls;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.GetTicket;
import io.proximadb.proto.v1.PutCommand;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.Ticket;
import io.proximadb.server.auth.ApiKeys;
import io.proximadb.server.auth.Grant;
import io.proximadb.server.auth.Role;
import io.proximadb.server.operations.Operation;
import io.proximadb.server.operations.Operations;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
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
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every method of the contract and of Flight, on every port, against every way of not being
 * allowed. The cells are made from the descriptors: a method that is new is in it, and fails where
 * nobody asks for a key.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessMatrixTest {
  private static final String COLLECTION = "tenant.docs";

  /** How a call ended, in words that all ports share. */
  private enum Outcome {
    LET_IN,
    UNAUTHENTICATED,
    PERMISSION_DENIED
  }

  /** A call of one method over one port. */
  private interface Door {
    Outcome call(String authorization);
  }

  private ProximaEngine engine;
  private RunningGateway server;
  private BufferAllocator allocator;
  private FlightClient flight;
  private final Map<String, String> authorizations = new LinkedHashMap<>();
  private final Map<Role, String> roles = new LinkedHashMap<>();

  @BeforeAll
  void start(@TempDir Path folder) {
    engine = ProximaEngine.open(EngineOptions.local(folder));
    engine
        .createCollection(
            CollectionName.parse(COLLECTION),
            CollectionSchema.builder().vector(2, Metric.COSINE).build())
        .upsert(List.of(VectorRecord.of("kept", new float[] {1, 0}, Map.of())));
    server = RunningGateway.secured(engine, folder);
    allocator = new RootAllocator();
    flight = FlightClient.builder(allocator, server.flight().location()).build();
    ApiKeys keys = server.flight().gate().keys().orElseThrow();
    for (Role role : Role.values()) {
      roles.put(
          role,
          bearer(
              keys.create(
                  "tenant_" + role,
                  List.of(Grant.collection(CollectionName.parse(COLLECTION), role)),
                  null)));
    }
    authorizations.put("no key", null);
    authorizations.put("an empty key", "Bearer ");
    authorizations.put("a wrong key", "Bearer " + ApiKeys.KEY_PREFIX + "A".repeat(43));
    authorizations.put("a key of another scheme", "Basic " + server.adminKey());
    authorizations.put(
        "another tenant's key",
        bearer(keys.create("other", List.of(Grant.namespace("other", Role.ADMIN)), null)));
    // The last one: the next key that is made sweeps it away.
    authorizations.put("an expired key", bearer(expired(keys)));
  }

  private static String bearer(ApiKeys.Created created) {
    return "Bearer " + created.key();
  }

  /** A key that expires while the test gets ready. */
  private static ApiKeys.Created expired(ApiKeys keys) {
    Instant soon = Instant.now().plusSeconds(2);
    ApiKeys.Created created = keys.create("brief", List.of(Grant.everything(Role.ADMIN)), soon);
    org.awaitility.Awaitility.await().until(() -> Instant.now().isAfter(soon));
    return created;
  }

  @AfterAll
  void stop() throws Exception {
    flight.close();
    allocator.close();
    server.close();
    engine.close();
  }

  private Operations operations() {
    return server.flight().operations();
  }

  @Test
  void everyMethodOfTheContractIsAnOperationAndTheOtherWayRound() {
    TreeSet<String> methods = new TreeSet<>();
    for (ServiceDescriptor service : ContractServices.descriptors()) {
      service.getMethods().forEach(method -> methods.add(method.getBareMethodName()));
    }
    TreeSet<String> named = new TreeSet<>();
    operations().all().forEach(operation -> named.add(operation.name()));

    assertThat(methods).isEqualTo(named).hasSizeGreaterThan(30);
  }

  /** A request that names the collection and an id, as far as it has fields for them. */
  private static Message request(Message prototype) {
    Message.Builder request = prototype.newBuilderForType();
    for (FieldDescriptor field : prototype.getDescriptorForType().getFields()) {
      switch (field.getName()) {
        case "collection" -> request.setField(field, COLLECTION);
        case "id", "name" -> request.setField(field, "absent");
        default -> {
          // Whether the caller may is asked before the rest is looked at.
        }
      }
    }
    return request.build();
  }

  private Map<String, Door> doors(Operation<?, ?> operation) {
    Map<String, Door> doors = new LinkedHashMap<>();
    MethodDescriptor<?, ?> method = method(operation.name());
    doors.put(
        "gRPC", authorization -> overGrpc(method, request(operation.request()), authorization));
    doors.put("REST", authorization -> overRest(method, authorization));
    doors.put(
        "Flight action",
        authorization ->
            overFlight(
                options ->
                    flight
                        .doAction(
                            new Action(
                                operation.name(), request(operation.request()).toByteArray()),
                            options)
                        .forEachRemaining(result -> {}),
                authorization));
    return doors;
  }

  private static MethodDescriptor<?, ?> method(String name) {
    return ContractServices.descriptors().stream()
        .flatMap(service -> service.getMethods().stream())
        .filter(each -> name.equals(each.getBareMethodName()))
        .findFirst()
        .orElseThrow();
  }

  private Outcome overGrpc(MethodDescriptor<?, ?> method, Message request, String authorization) {
    @SuppressWarnings("unchecked")
    MethodDescriptor<Message, Message> typed = (MethodDescriptor<Message, Message>) method;
    Channel channel =
        channels.computeIfAbsent(
            String.valueOf(authorization), key -> server.channel(authorization));
    try {
      ClientCalls.blockingUnaryCall(channel, typed, CallOptions.DEFAULT, request);
      return Outcome.LET_IN;
    } catch (StatusRuntimeException e) {
      return switch (e.getStatus().getCode()) {
        case UNAUTHENTICATED -> Outcome.UNAUTHENTICATED;
        case PERMISSION_DENIED -> Outcome.PERMISSION_DENIED;
        default -> {
          assertThat(e.getStatus().getCode()).isNotIn(Status.Code.INTERNAL, Status.Code.UNKNOWN);
          yield Outcome.LET_IN;
        }
      };
    }
  }

  private final Map<String, Channel> channels = new LinkedHashMap<>();

  private Outcome overRest(MethodDescriptor<?, ?> method, String authorization) {
    HttpRule rule = rule(method);
    String path =
        switch (rule.getPatternCase()) {
          case GET -> rule.getGet();
          case PUT -> rule.getPut();
          case DELETE -> rule.getDelete();
          case POST -> rule.getPost();
          default -> throw new AssertionError("no path: " + method.getFullMethodName());
        };
    boolean hasBody = !rule.getBody().isEmpty();
    String body =
        !hasBody
            ? ""
            : path.contains("{collection}") || !isOfCollection(method)
                ? "{}"
                : "{\"collection\": \"" + COLLECTION + "\"}";
    String filled =
        path.replace("{collection}", COLLECTION)
            .replace("{id}", "absent")
            .replace("{name}", "absent");
    String[] headers =
        authorization == null ? new String[0] : new String[] {"authorization", authorization};
    RunningGateway.Answer answer = server.call(rule.getPatternCase().name(), filled, body, headers);
    assertThat(answer.status()).as(answer.text()).isLessThan(500);
    assertThat(answer.reason()).as(answer.text()).isNotEqualTo("NO_SUCH_PATH");
    return switch (answer.status()) {
      case 401 -> Outcome.UNAUTHENTICATED;
      case 403 -> Outcome.PERMISSION_DENIED;
      default -> Outcome.LET_IN;
    };
  }

  private static com.google.protobuf.Descriptors.MethodDescriptor descriptor(
      MethodDescriptor<?, ?> method) {
    return ((ProtoMethodDescriptorSupplier) method.getSchemaDescriptor()).getMethodDescriptor();
  }

  private static boolean isOfCollection(MethodDescriptor<?, ?> method) {
    return descriptor(method).getInputType().findFieldByName("collection") != null;
  }

  private static HttpRule rule(MethodDescriptor<?, ?> method) {
    ExtensionRegistry registry = ExtensionRegistry.newInstance();
    AnnotationsProto.registerAllExtensions(registry);
    try {
      return MethodOptions.parseFrom(descriptor(method).getOptions().toByteString(), registry)
          .getExtension(AnnotationsProto.http);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private interface FlightCall {
    void make(CallOption... options) throws Exception;
  }

  private static Outcome overFlight(FlightCall call, String authorization) {
    CallOption[] options = new CallOption[0];
    if (authorization != null) {
      FlightCallHeaders headers = new FlightCallHeaders();
      headers.insert("authorization", authorization);
      options = new CallOption[] {new HeaderCallOption(headers)};
    }
    try {
      call.make(options);
      return Outcome.LET_IN;
    } catch (FlightRuntimeException e) {
      FlightStatusCode code = e.status().code();
      assertThat(code).isNotIn(FlightStatusCode.INTERNAL, FlightStatusCode.UNKNOWN);
      return switch (code) {
        case UNAUTHENTICATED -> Outcome.UNAUTHENTICATED;
        case UNAUTHORIZED -> Outcome.PERMISSION_DENIED;
        default -> Outcome.LET_IN;
      };
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Flight's own methods, and the role that each wants. */
  private Map<String, Map.Entry<Role, Door>> flightMethods() {
    Map<String, Map.Entry<Role, Door>> methods = new LinkedHashMap<>();
    FlightDescriptor path = FlightDescriptor.path("tenant", "docs");
    put(methods, "GetFlightInfo", Role.READ, options -> flight.getInfo(path, options));
    put(methods, "GetSchema", Role.READ, options -> flight.getSchema(path, options));
    put(
        methods,
        "DoGet search",
        Role.READ,
        options ->
            drain(
                Ticket.newBuilder()
                    .setSearch(
                        SearchTicket.newBuilder()
                            .setCollection(COLLECTION)
                            .setK(1)
                            .addAllVector(List.of(1f, 0f))),
                options));
    put(
        methods,
        "DoGet scan",
        Role.READ,
        options ->
            drain(
                Ticket.newBuilder().setScan(ScanTicket.newBuilder().setCollection(COLLECTION)),
                options));
    put(
        methods,
        "DoGet get",
        Role.READ,
        options ->
            drain(
                Ticket.newBuilder().setGet(GetTicket.newBuilder().setCollection(COLLECTION)),
                options));
    put(methods, "DoPut delete", Role.WRITE, this::deleteAbsent);
    put(methods, "DoExchange", Role.READ, this::exchange);
    return methods;
  }

  private void put(
      Map<String, Map.Entry<Role, Door>> methods, String name, Role role, FlightCall call) {
    methods.put(name, Map.entry(role, authorization -> overFlight(call, authorization)));
  }

  private void drain(Ticket.Builder ticket, CallOption... options) throws Exception {
    try (FlightStream stream =
        flight.getStream(
            new org.apache.arrow.flight.Ticket(ticket.build().toByteArray()), options)) {
      while (stream.next()) {}
    }
  }

  private void exchange(CallOption... options) throws Exception {
    Ticket search =
        Ticket.newBuilder()
            .setSearch(SearchTicket.newBuilder().setCollection(COLLECTION).setK(1))
            .build();
    try (FlightClient.ExchangeReaderWriter exchange =
        flight.doExchange(FlightDescriptor.command(search.toByteArray()), options)) {
      exchange.getWriter().completed();
      while (exchange.getReader().next()) {}
    }
  }

  private void deleteAbsent(CallOption... options) {
    Schema ids = new Schema(List.of(Field.notNullable("id", ArrowType.Utf8.INSTANCE)));
    PutCommand command =
        PutCommand.newBuilder().setCollection(COLLECTION).setMode(PutMode.PUT_MODE_DELETE).build();
    try (VectorSchemaRoot root = VectorSchemaRoot.create(ids, allocator)) {
      FlightClient.ClientStreamListener stream =
          flight.startPut(
              FlightDescriptor.command(command.toByteArray()),
              root,
              new AsyncPutListener(),
              options);
      root.allocateNew();
      ((org.apache.arrow.vector.VarCharVector) root.getVector("id"))
          .setSafe(0, "absent".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      root.setRowCount(1);
      stream.putNext();
      stream.completed();
      stream.getResult();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyMethodOnEveryPort() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Operation<?, ?> operation : operations().all()) {
      boolean ofCollection =
          operation.request().getDescriptorForType().findFieldByName("collection") != null;
      doors(operation)
          .forEach(
              (door, call) ->
                  tests.add(
                      DynamicTest.dynamicTest(
                          operation.name() + " over " + door,
                          () -> check(call, operation.role(), ofCollection))));
    }
    flightMethods()
        .forEach(
            (name, method) ->
                tests.add(
                    DynamicTest.dynamicTest(
                        name, () -> check(method.getValue(), method.getKey(), true))));
    return tests.stream();
  }

  private void check(Door door, Role role, boolean ofCollection) {
    authorizations.forEach(
        (which, authorization) -> {
          boolean isOther = which.equals("another tenant's key");
          Outcome expected =
              !isOther
                  ? Outcome.UNAUTHENTICATED
                  : ofCollection || role != Role.READ ? Outcome.PERMISSION_DENIED : Outcome.LET_IN;
          assertThat(door.call(authorization)).as(which).isEqualTo(expected);
        });
    // The weakest first: what only the strongest may do would end what the others look at.
    roles.forEach(
        (has, authorization) -> {
          boolean may = ofCollection ? has.covers(role) : role == Role.READ;
          if (!may) {
            assertThat(door.call(authorization))
                .as("a key with the role " + has)
                .isEqualTo(Outcome.PERMISSION_DENIED);
          } else if (has != Role.ADMIN) {
            assertThat(door.call(authorization))
                .as("a key with the role " + has)
                .isEqualTo(Outcome.LET_IN);
          }
        });
  }

  @Test
  void refusedCallsChangedNothingAndListsShowOnesOwn() {
    assertThat(engine.collection(CollectionName.parse(COLLECTION)).get("kept")).isPresent();
    assertThat(
            server
                .call("GET", "/v1/collections", "", "authorization", roles.get(Role.READ))
                .json()
                .at("/collections/0")
                .asText())
        .isEqualTo(COLLECTION);
    assertThat(
            server
                .call(
                    "GET",
                    "/v1/collections",
                    "",
                    "authorization",
                    authorizations.get("another tenant's key"))
                .json()
                .path("collections")
                .size())
        .isZero();
    FlightCallHeaders other = new FlightCallHeaders();
    other.insert("authorization", authorizations.get("another tenant's key"));
    assertThat(flight.listFlights(Criteria.ALL, new HeaderCallOption(other))).isEmpty();
  }

  @Test
  void whatIsNoMethodOfTheContractWantsAKeyToo() {
    for (String path : List.of("/metrics", "/docs/", "/docs/specification.json")) {
      assertThat(server.call("GET", path, "", "accept", "*/*").status()).as(path).isEqualTo(401);
    }
  }
}
