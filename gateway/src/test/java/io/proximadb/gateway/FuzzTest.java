package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import com.sun.management.UnixOperatingSystemMXBean;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.server.RunningServer;
import io.proximadb.server.operations.Operation;
import io.proximadb.server.operations.Operations;
import io.proximadb.testkit.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Thousands of requests that are nearly right, or not at all, over every door. Whatever comes, the
 * answer blames whoever sent it, and afterwards nothing is held that was not held before. {@code
 * -Dproximadb.fuzz=10} does ten times as many.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FuzzTest {
  private static final int FACTOR = Integer.getInteger("proximadb.fuzz", 1);
  private static final String DOCS = "/v1/collections/library.docs";

  /** Codes of errors that are the server's own. */
  private static final Set<Status.Code> OWN_FAULTS =
      Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.DATA_LOSS);

  /** Valid requests, by their paths. */
  private static final Map<String, List<String>> VALID = valid();

  private final Mutations mutations = new Mutations(Seed.random("FuzzTest"));
  private ProximaEngine engine;
  private RunningGateway server;

  private static Map<String, List<String>> valid() {
    Map<String, List<String>> valid = new LinkedHashMap<>();
    valid.put(
        DOCS + "/search",
        List.of(
            """
            {"vector": [1, 0.2, 0], "k": 2, "filter": {"year": {"$gt": 1700}}, "columns": ["title"]}\
            """,
            """
            {"vector": [1, 0, 0], "k": 5, "recall": 0.9, "effort": 10, "within": 0.5, "exact": true,
             "minSequence": "0", "filterJson": "{\\"isbn\\": 9007199254740993}"}\
            """,
            """
            {"vector": [1, 0, 0], "k": 1, "readAt": {"asOf": "2026-11-23T12:00:00Z"}}\
            """));
    valid.put(
        DOCS + "/search/batch",
        List.of(
            """
            {"searches": [{"vector": [1, 0, 0], "k": 1}, {"vector": [0, 1, 0], "k": 2}]}\
            """));
    valid.put(
        DOCS + "/search/hybrid",
        List.of(
            """
            {"k": 1, "parts": [{"vector": [1, 0, 0], "weight": 2, "depth": 3}, {"vector": [1, 1, 0]}],
             "fusion": {"weightedDistances": true}}\
            """));
    valid.put(
        DOCS + "/search/grouped",
        List.of(
            """
            {"search": {"vector": [1, 0, 0], "k": 2}, "column": "year", "perGroup": 1}\
            """));
    valid.put(
        DOCS + "/search/explain",
        List.of("{\"search\": {\"vector\": [1, 0, 0], \"k\": 1}, \"id\": \"b\"}"));
    valid.put(
        DOCS + "/records/upsert",
        List.of(
            """
            {"records": [{"id": "a", "vector": [1, 0, 0], "metadata": {"title": "Optics",
              "year": 1704, "isbn": "12"}, "expiresAt": "2030-01-01T00:00:00Z"},
              {"id": "b", "vectors": {"vector": {"values": [0, 1, 0]}}}]}\
            """));
    valid.put(
        DOCS + "/records/compare-and-set",
        List.of("{\"writes\": [{\"expectedVersion\": \"1\", \"deleteId\": \"x\"}]}"));
    valid.put(DOCS + "/records/get", List.of("{\"ids\": [\"a\", \"b\"], \"minSequence\": \"1\"}"));
    valid.put(
        DOCS + "/records/scan",
        List.of(
            "{\"filter\": {\"title\": \"Herbs\"}, \"columns\": [\"year\"], \"pageSize\": 100}",
            "{\"pageToken\": \"AAAAAAAAAAAAAAAAAAAAAAAA.1\"}"));
    valid.put(DOCS + "/records/set-ttl", List.of("{\"ids\": [\"z\"], \"ttlMs\": 3600000}"));
    valid.put(DOCS + "/records/delete", List.of("{\"ids\": [\"y\"]}"));
    valid.put(
        DOCS + "/alter",
        List.of("{\"changes\": [{\"renameColumn\": {\"name\": \"no\", \"newName\": \"none\"}}]}"));
    valid.put(
        DOCS + "/indexes",
        List.of("{\"name\": \"n\", \"type\": \"none\", \"field\": \"vector\", \"settings\": {}}"));
    return valid;
  }

  @BeforeAll
  void start(@TempDir Path folder) {
    engine = ProximaEngine.open(EngineOptions.local(folder));
    server = RunningGateway.secured(engine, folder);
    RunningGateway.Answer created =
        server.post(
            "/v1/collections",
            """
            {"collection": "library.docs", "schema": {
              "vectorFields": [{"dimension": 3, "metric": "METRIC_COSINE"}],
              "metadataFields": [
                {"name": "title", "type": {"scalar": "SCALAR_TYPE_STRING"}},
                {"name": "year", "type": {"scalar": "SCALAR_TYPE_INT"}},
                {"name": "isbn", "type": {"scalar": "SCALAR_TYPE_LONG"}}]}}
            """);
    assertThat(created.status()).as(created.text()).isEqualTo(200);
    check();
  }

  @AfterAll
  void stop() {
    server.close();
    engine.close();
  }

  /** The server still does what it is for. */
  private void check() {
    RunningGateway.Answer written =
        server.post(
            DOCS + "/records/upsert",
            "{\"records\": [{\"id\": \"check\", \"vector\": [0, 0, 1], \"metadata\": {\"year\":"
                + " 1}}]}");
    assertThat(written.status()).as(written.text()).isEqualTo(200);
    RunningGateway.Answer found =
        server.post(
            DOCS + "/search",
            "{\"vector\": [0, 0, 1], \"k\": 1, \"filter\": {\"year\": 1}, \"minSequence\": \"%s\"}"
                .formatted(written.json().path("sequence").asText()));
    assertThat(found.json().at("/hits/0/id").asText()).as(found.text()).isEqualTo("check");
  }

  private record Held(int threads, long handles, long directBytes) {
    static Held now() {
      long handles =
          ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
              .getOpenFileDescriptorCount();
      long direct =
          ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
              .filter(pool -> pool.getName().equals("direct"))
              .mapToLong(BufferPoolMXBean::getMemoryUsed)
              .sum();
      long netty = io.netty.buffer.PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
      return new Held(
          ManagementFactory.getThreadMXBean().getThreadCount(), handles, direct + netty);
    }
  }

  @Test
  void whateverComesTheServerGoesOn() throws Exception {
    // Everything once, so that what is made once is there.
    everything(1);
    Held before = settled(Held.now());

    everything(FACTOR * 6);

    check();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              assertThat(server.flight().arrowBytes()).as("Arrow memory").isZero();
              assertThat(server.flight().operations().openScans()).as("scans").isLessThan(20);
              String metrics = server.get("/metrics").text();
              assertThat(metrics).contains("proximadb_gateway_body_bytes 0.0");
              assertThat(metrics).as("but this one").contains("proximadb_gateway_requests 1.0");
              Held after = Held.now();
              assertThat(after.threads()).as("threads").isLessThanOrEqualTo(before.threads() + 10);
              assertThat(after.handles()).as("handles").isLessThanOrEqualTo(before.handles() + 10);
              assertThat(after.directBytes())
                  .as("direct memory")
                  .isLessThanOrEqualTo(before.directBytes() + (64L << 20));
            });
  }

  /** What is held once the calls of the warm-up have ended. */
  private Held settled(Held first) {
    Held[] last = {first};
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              Held now = Held.now();
              boolean same = now.handles() == last[0].handles();
              last[0] = now;
              return same;
            });
    return last[0];
  }

  private void everything(int times) throws Exception {
    ManagedChannel grpc = server.channel("Bearer " + server.adminKey());
    ManagedChannel flight = server.channelTo(server.flight().port(), "Bearer " + server.adminKey());
    for (int i = 0; i < times; i++) {
      json(200);
      protobuf(grpc, 60);
      flight(flight, 100);
      puts(flight, 60);
      exchanges(flight, 40);
      sockets(30);
    }
    grpc.shutdownNow().awaitTermination(1, TimeUnit.MINUTES);
    flight.shutdownNow().awaitTermination(1, TimeUnit.MINUTES);
  }

  private void json(int cases) {
    List<String> paths = new ArrayList<>(VALID.keySet());
    for (int i = 0; i < cases; i++) {
      String path = mutations.one(paths);
      String body = mutations.json(mutations.one(VALID.get(path)));
      if (body.isEmpty()) {
        continue;
      }
      RunningGateway.Answer answer = server.post(path, body);
      assertThat(answer.status()).as(path + "\n" + body + "\n" + answer.text()).isLessThan(500);
      if (answer.status() != 200) {
        assertThat(answer.reason()).as(path + "\n" + body + "\n" + answer.text()).isNotEmpty();
      }
    }
  }

  /** A valid request of an operation that does no lasting harm. */
  private Message request(Operation<?, ?> operation) throws IOException {
    Message.Builder request = operation.request().newBuilderForType();
    String path =
        VALID.keySet().stream()
            .filter(each -> each.endsWith("/" + word(operation.name())))
            .findFirst()
            .orElse(null);
    if (path != null) {
      JsonFormat.parser().merge(VALID.get(path).get(0), request);
    }
    var collection = request.getDescriptorForType().findFieldByName("collection");
    if (collection != null) {
      request.setField(collection, "library.docs");
    }
    return request.build();
  }

  private static String word(String operation) {
    return switch (operation) {
      case "UpsertRecords" -> "upsert";
      case "BatchSearch" -> "batch";
      case "HybridSearch" -> "hybrid";
      case "GroupedSearch" -> "grouped";
      case "ExplainSearch" -> "explain";
      case "ScanRecords" -> "scan";
      case "BatchGetRecords" -> "get";
      case "SetTtl" -> "set-ttl";
      case "CompareAndSet" -> "compare-and-set";
      default -> operation.toLowerCase(java.util.Locale.ROOT);
    };
  }

  /** All that a mutated request may be of: nothing that drops, makes or waits for much. */
  private List<Operation<?, ?>> operations() {
    Set<String> left =
        Set.of(
            "DropCollection",
            "CreateCollection",
            "RevokeKey",
            "RotateKey",
            "CreateKey",
            "Optimize",
            "Maintain",
            "EraseRecords",
            "Flush",
            "DropIndex",
            "AlterCollection",
            "CreateIndex");
    List<Operation<?, ?>> operations = new ArrayList<>();
    Operations all = server.flight().operations();
    all.all()
        .forEach(
            operation -> {
              if (!left.contains(operation.name())) {
                operations.add(operation);
              }
            });
    return operations;
  }

  private void protobuf(ManagedChannel channel, int cases) throws IOException {
    List<Operation<?, ?>> operations = operations();
    for (int i = 0; i < cases; i++) {
      Operation<?, ?> operation = mutations.one(operations);
      byte[] body = mutations.bytes(request(operation).toByteArray());
      String service =
          ContractServices.descriptors().stream()
              .filter(
                  each ->
                      each.getMethods().stream()
                          .anyMatch(method -> operation.name().equals(method.getBareMethodName())))
              .findFirst()
              .orElseThrow()
              .getName();
      unary(channel, service + "/" + operation.name(), body);
    }
  }

  private void unary(ManagedChannel channel, String method, byte[] body) {
    try {
      ClientCalls.blockingUnaryCall(
          channel, bytes(method, MethodDescriptor.MethodType.UNARY), CallOptions.DEFAULT, body);
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode())
          .as(method + " " + e.getStatus() + " " + java.util.HexFormat.of().formatHex(body))
          .isNotIn(OWN_FAULTS);
    }
  }

  private static MethodDescriptor<byte[], byte[]> bytes(
      String name, MethodDescriptor.MethodType type) {
    MethodDescriptor.Marshaller<byte[]> marshaller =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(byte[] value) {
            return new java.io.ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(InputStream stream) {
            try {
              return stream.readAllBytes();
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        };
    return MethodDescriptor.newBuilder(marshaller, marshaller)
        .setFullMethodName(name)
        .setType(type)
        .build();
  }

  private static String flightMethod(String name) {
    return "arrow.flight.protocol.FlightService/" + name;
  }

  private void flight(ManagedChannel channel, int cases) throws Exception {
    List<Operation<?, ?>> operations = operations();
    for (int i = 0; i < cases; i++) {
      switch (mutations.below(3)) {
        case 0 -> stream(channel, "DoGet", FlightBytes.ticket(mutations));
        case 1 -> {
          Operation<?, ?> operation = mutations.one(operations);
          stream(
              channel,
              "DoAction",
              FlightBytes.action(mutations, operation.name(), request(operation).toByteArray()));
        }
        default ->
            stream(
                channel,
                mutations.one(List.of("GetFlightInfo", "GetSchema", "ListFlights")),
                FlightBytes.descriptor(mutations));
      }
    }
  }

  private void stream(ManagedChannel channel, String name, byte[]... messages) throws Exception {
    String method = flightMethod(name);
    Status[] end = new Status[1];
    CountDownLatch ended = new CountDownLatch(1);
    var call =
        channel.newCall(
            bytes(method, MethodDescriptor.MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
    call.start(
        new io.grpc.ClientCall.Listener<>() {
          @Override
          public void onMessage(byte[] message) {
            call.request(1);
          }

          @Override
          public void onClose(Status status, io.grpc.Metadata trailers) {
            end[0] = status;
            ended.countDown();
          }
        },
        new io.grpc.Metadata());
    call.request(1);
    for (byte[] message : messages) {
      call.sendMessage(message);
    }
    if (mutations.onceIn(20)) {
      call.cancel("leaves", null);
    } else {
      call.halfClose();
    }
    assertThat(ended.await(1, TimeUnit.MINUTES)).as(method + " ends").isTrue();
    if (!FlightBytes.isMessage(name, messages[0])) {
      // Not even of Flight's protocol: the answer is gRPC's own, for which such bytes are unknown.
      return;
    }
    assertThat(end[0].getCode())
        .as(
            method
                + " "
                + end[0]
                + " "
                + java.util.Arrays.stream(messages)
                    .map(java.util.HexFormat.of()::formatHex)
                    .toList())
        .isNotIn(OWN_FAULTS);
  }

  private void puts(ManagedChannel channel, int cases) throws Exception {
    for (int i = 0; i < cases; i++) {
      byte[] command =
          RunningServer.put(
                  "library.docs",
                  mutations.one(
                      List.of(
                          PutMode.PUT_MODE_UPSERT,
                          PutMode.PUT_MODE_INSERT,
                          PutMode.PUT_MODE_DELETE)))
              .getCommand();
      stream(channel, "DoPut", FlightBytes.put(mutations, command));
    }
  }

  private void exchanges(ManagedChannel channel, int cases) throws Exception {
    for (int i = 0; i < cases; i++) {
      stream(channel, "DoExchange", FlightBytes.exchange(mutations));
    }
  }

  private void sockets(int cases) throws IOException {
    List<Socket> slow = new ArrayList<>();
    for (int i = 0; i < cases; i++) {
      boolean gateway = mutations.onceIn(2);
      Socket socket =
          new Socket("127.0.0.1", gateway ? server.gateway().port() : server.flight().port());
      socket.setSoTimeout(20_000);
      try {
        socket.getOutputStream().write(head());
        switch (mutations.below(4)) {
          case 0 -> slow.add(socket);
          case 1 -> {
            socket.shutdownOutput();
            answer(socket);
          }
          case 2 -> socket.setSoLinger(true, 0);
          default -> socket.shutdownOutput();
        }
      } catch (IOException e) {
        // The server may end a connection that makes no sense.
        assertThat(e).hasMessageNotContaining("timed out");
      } finally {
        if (!slow.contains(socket)) {
          socket.close();
        }
      }
    }
    check();
    for (Socket socket : slow) {
      socket.close();
    }
  }

  private static void answer(Socket socket) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    for (int n = socket.getInputStream().read(buffer); n > 0 && answer.size() < 64 << 10; ) {
      answer.write(buffer, 0, n);
      n = socket.getInputStream().read(buffer);
    }
    String text = answer.toString(StandardCharsets.ISO_8859_1);
    assertThat(text).doesNotStartWith("HTTP/1.1 5");
  }

  private byte[] head() {
    if (mutations.onceIn(5)) {
      return mutations.noise(mutations.below(2_000));
    }
    if (mutations.onceIn(5)) {
      byte[] preface =
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\6\4\0\0\0\0\0\0\4\0\0\377\377"
              .getBytes(StandardCharsets.ISO_8859_1);
      return mutations.onceIn(2) ? mutations.bytes(preface) : preface;
    }
    String body = mutations.one(VALID.get(DOCS + "/search"));
    String length =
        mutations.one(
            List.of(
                Integer.toString(body.length()),
                "-1",
                "99999999999999999999",
                "4294967297",
                "1, 2",
                "0x10",
                "",
                Integer.toString(body.length() + 100)));
    String text =
        mutations.one(List.of("POST ", "GET ", "PUT ", "OPTIONS ", "TRACE ", "BREW "))
            + mutations.one(
                List.of(DOCS + "/search", "*", "//", "/v1/%zz", "/v1/collections?%=%", "/../x", ""))
            + " HTTP/1.1\r\nhost: localhost\r\ncontent-type: "
            + mutations.one(List.of("application/json", "application/grpc", "a/b; =", "*"))
            + "\r\nauthorization: "
            + mutations.one(
                List.of("Bearer " + server.adminKey(), "Bearer", "\u0001", "x".repeat(9_000)))
            + "\r\ncontent-length: "
            + length
            + (mutations.onceIn(4) ? "\r\ntransfer-encoding: chunked" : "")
            + (mutations.onceIn(4) ? "\r\nx: " + "y".repeat(1 << mutations.below(16)) : "")
            + "\r\n\r\n"
            + body;
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return mutations.onceIn(3) ? mutations.bytes(bytes) : bytes;
  }
}
