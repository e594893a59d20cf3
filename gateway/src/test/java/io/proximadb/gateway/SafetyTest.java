package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.SearchQuery;
import io.proximadb.error.CorruptFileException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.ServerOptions;
import io.proximadb.server.WrappedEngine;
import io.proximadb.server.auth.ApiKeys;
import io.proximadb.server.auth.Grant;
import io.proximadb.server.auth.Role;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients may not do to a server: look, wait or send until it has nothing left for others. */
class SafetyTest {
  private static final String DOCS = "/v1/collections/tenant.docs";
  private static final CollectionName NAME = CollectionName.parse("tenant.docs");
  private static final String SEARCH = "{\"vector\": [1, 0], \"k\": 1}";

  @TempDir Path folder;
  private ProximaEngine engine;
  private RunningGateway server;
  private final List<Socket> sockets = new ArrayList<>();

  @BeforeEach
  void open() {
    engine = ProximaEngine.open(EngineOptions.local(folder));
    engine
        .createCollection(
            NAME,
            CollectionSchema.builder()
                .vector(2, Metric.COSINE)
                .metadata("text", FieldType.Scalar.STRING)
                .build())
        .upsert(List.of(VectorRecord.of("a", new float[] {1, 0}, Map.of("text", "one"))));
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
    engine.close();
  }

  private ServerOptions secured() {
    return ServerOptions.secured(folder.resolve("keys.json"));
  }

  private void serve(UnaryOperator<Collection> wrapper, int maxCalls) {
    server =
        RunningGateway.start(
            new WrappedEngine(EngineAccess.of(engine), wrapper), secured(), 1 << 20, maxCalls);
  }

  private String key(String name, Role role) {
    ApiKeys keys = server.flight().gate().keys().orElseThrow();
    return keys.create(name, List.of(Grant.namespace("tenant", role)), null).key();
  }

  /** Sends the beginning of a request. */
  private Socket begin(String key, String path, int length, String body) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.gateway().port());
    sockets.add(socket);
    socket.setSoTimeout(60_000);
    String head =
        "POST "
            + path
            + " HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer "
            + key
            + "\r\ncontent-type: application/json\r\ncontent-length: "
            + length
            + "\r\n\r\n";
    socket.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    return socket;
  }

  private static String statusLine(Socket socket) throws IOException {
    return new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
        .readLine();
  }

  /** Searches that wait until they may go on. */
  private static UnaryOperator<Collection> held(Semaphore begun, CountDownLatch goOn) {
    return collection ->
        new WrappedEngine.Forwarding(collection) {
          @Override
          public CollectionSchema schema() {
            return collection.schema();
          }

          @Override
          public SearchResponse search(SearchRequest request) {
            begun.release();
            try {
              goOn.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            return collection.search(request);
          }
        };
  }

  @Test
  void whoMayNotIsToldBeforeTheBodyComes() throws IOException {
    serve(UnaryOperator.identity(), 4);
    String reader = key("reader", Role.READ);

    // Nothing of the bodies is sent: whoever waits for them, waits in vain.
    assertThat(statusLine(begin(reader, DOCS + "/records/upsert", 1_000_000, "")))
        .contains(" 403 ");
    assertThat(statusLine(begin(reader, "/v1/collections", 1_000_000, ""))).contains(" 403 ");
    assertThat(statusLine(begin(reader, "/v1/keys", 1_000_000, ""))).contains(" 403 ");
    assertThat(statusLine(begin(reader, "/v1/collections/other.docs/search", 1_000_000, "")))
        .contains(" 403 ");
  }

  @Test
  void bytesOfRequestsInMemoryHaveALimit() throws Exception {
    server =
        RunningGateway.start(
            EngineAccess.of(engine),
            secured(),
            64 << 10,
            64 << 10,
            GatewayOptions.DEFAULT_MAX_CALLS);
    String writer = key("writer", Role.WRITE);
    String half = " ".repeat(40 << 10);
    Socket first = begin(writer, DOCS + "/search", 60 << 10, half);
    await().until(() -> metric("proximadb_gateway_body_bytes") >= half.length());

    Socket second = begin(writer, DOCS + "/search", 60 << 10, half);
    assertThat(statusLine(second)).contains(" 429 ");
    first.close();
    await().until(() -> metric("proximadb_gateway_body_bytes") == 0);
    assertThat(server.post(DOCS + "/search", SEARCH + half).status()).isEqualTo(200);
  }

  private double metric(String name) {
    return server
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void requestsThatDoNotComeTakeNoPlaceOfWork() throws IOException {
    serve(UnaryOperator.identity(), 1);
    String reader = key("reader", Role.READ);
    for (int i = 0; i < 5; i++) {
      begin(reader, DOCS + "/search", 100, "{");
    }

    assertThat(server.post(DOCS + "/search", SEARCH).status()).isEqualTo(200);
  }

  @Test
  void workGivesItsPlaceBackWhenItEndsAndNotWhenItsClientGoes() throws Exception {
    Semaphore begun = new Semaphore(0);
    CountDownLatch goOn = new CountDownLatch(1);
    serve(held(begun, goOn), 1);
    Socket gone = begin(key("reader", Role.READ), DOCS + "/search", SEARCH.length(), SEARCH);
    begun.acquire();
    gone.close();
    await().until(() -> metricOfAnother("proximadb_gateway_requests") == 1);

    RunningGateway.Answer refused = server.post(DOCS + "/search", SEARCH);
    assertThat(refused.status()).as(refused.text()).isEqualTo(429);
    assertThat(refused.reason()).isEqualTo("TOO_MANY_CALLS");
    assertThat(refused.response().headers().firstValueAsLong("retry-after")).hasValue(1);
    goOn.countDown();
    await().until(() -> server.post(DOCS + "/search", SEARCH).status() == 200);
  }

  /** Without the request that asks, and after the one that went was noticed to be gone. */
  private double metricOfAnother(String name) {
    return metric(name) - 1;
  }

  @Test
  void noKeyTakesAllPlaces() throws Exception {
    Semaphore begun = new Semaphore(0);
    CountDownLatch goOn = new CountDownLatch(1);
    serve(held(begun, goOn), 4);
    String greedy = key("greedy", Role.READ);
    for (int i = 0; i < 3; i++) {
      begin(greedy, DOCS + "/search", SEARCH.length(), SEARCH);
      begun.acquire();
    }

    assertThat(statusLine(begin(greedy, DOCS + "/search", SEARCH.length(), SEARCH)))
        .contains(" 429 ");
    CompletableFuture<RunningGateway.Answer> other =
        CompletableFuture.supplyAsync(() -> server.post(DOCS + "/search", SEARCH));
    begun.acquire();
    goOn.countDown();
    assertThat(other.join().status()).isEqualTo(200);
  }

  @Test
  void metricsAreForThoseWhoMayReadEverything() {
    serve(UnaryOperator.identity(), 4);
    String tenant = "Bearer " + key("tenant_admin", Role.ADMIN);

    assertThat(server.call("GET", "/metrics", "", "authorization", tenant).status()).isEqualTo(403);
    assertThat(server.get("/metrics").status()).isEqualTo(200);
  }

  @Test
  void pagesOfOtherSitesDoNotGetIntoAServerWithoutKeys() throws IOException {
    server = RunningGateway.start(EngineAccess.of(engine), ServerOptions.insecure(), 1 << 20, 4);
    String plain = "GET /v1/collections HTTP/1.1\r\nhost: localhost:1\r\n";

    assertThat(raw(plain)).contains(" 200 ");
    assertThat(raw("GET /v1/collections HTTP/1.1\r\nhost: rebound.example\r\n")).contains(" 403 ");
    assertThat(raw(plain + "origin: https://page.example\r\n")).contains(" 403 ");
    assertThat(raw(plain + "origin: null\r\n")).contains(" 403 ");
    assertThat(raw(plain + "sec-fetch-site: cross-site\r\n")).contains(" 403 ");
    assertThat(raw(plain + "origin: http://localhost:1\r\n")).contains(" 200 ");
    RunningGateway.Answer form =
        server.call("POST", "/v1/collections", "", "content-type", "text/plain");
    assertThat(form.status()).isEqualTo(400);
    assertThat(
            raw(
                "POST "
                    + DOCS
                    + "/flush HTTP/1.1\r\nhost: localhost\r\n"
                    + "content-type: text/plain\r\ncontent-length: 2\r\n",
                "{}"))
        .contains(" 415 ");
  }

  private String raw(String head, String... body) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.gateway().port());
    sockets.add(socket);
    socket.setSoTimeout(60_000);
    socket
        .getOutputStream()
        .write((head + "\r\n" + String.join("", body)).getBytes(StandardCharsets.US_ASCII));
    return statusLine(socket);
  }

  @Test
  void earlierStatesAreReadByTheFieldsThatTheyHad() {
    serve(UnaryOperator.identity(), 4);
    assertThat(server.post(DOCS + "/flush", "").status()).isEqualTo(200);
    String snapshot =
        server.get(DOCS + "/snapshots").json().at("/snapshots/0/snapshotId").textValue();
    assertThat(
            server
                .post(
                    DOCS + "/alter",
                    "{\"changes\": [{\"renameColumn\": {\"name\": \"text\", \"newName\":"
                        + " \"words\"}}]}")
                .status())
        .isEqualTo(200);
    String then =
        ", \"filter\": {\"text\": \"one\"}, \"columns\": [\"text\"], \"readAt\": {\"snapshotId\":"
            + " \""
            + snapshot
            + "\"}}";

    RunningGateway.Answer search =
        server.post(DOCS + "/search", "{\"vector\": [1, 0], \"k\": 1" + then);
    assertThat(search.status()).as(search.text()).isEqualTo(200);
    assertThat(search.json().at("/hits/0/fields/text").asText()).isEqualTo("one");
    RunningGateway.Answer scan = server.post(DOCS + "/records/scan", "{\"pageSize\": 1" + then);
    assertThat(scan.status()).as(scan.text()).isEqualTo(200);
    assertThat(scan.json().at("/records/0/metadata/text").asText()).isEqualTo("one");
    RunningGateway.Answer get =
        server.post(
            DOCS + "/records/get",
            "{\"ids\": [\"a\"], \"readAt\": {\"snapshotId\": \"" + snapshot + "\"}}");
    assertThat(get.json().at("/records/0/metadata/text").asText()).as(get.text()).isEqualTo("one");
  }

  @Test
  void answersOfLongTextsEnd() {
    serve(UnaryOperator.identity(), 4);
    int rows = 70;
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      ids.add("\"long-" + i + "\"");
      engine
          .collection(NAME)
          .upsert(
              List.of(
                  VectorRecord.of(
                      "long-" + i, new float[] {0, 1}, Map.of("text", "x".repeat(1 << 20)))));
    }

    RunningGateway.Answer get =
        server.post(DOCS + "/records/get", "{\"ids\": [" + String.join(",", ids) + "]}");
    assertThat(get.status()).as(brief(get)).isEqualTo(400);
    assertThat(get.json().path("message").asText()).contains("its answer has more than");
    RunningGateway.Answer search =
        server.post(DOCS + "/search", "{\"vector\": [0, 1], \"k\": 100}");
    assertThat(search.status()).as(brief(search)).isEqualTo(400);
    RunningGateway.Answer page = server.post(DOCS + "/records/scan", "{\"pageSize\": 20}");
    assertThat(page.status()).as(brief(page)).isEqualTo(200);
    assertThat(page.json().path("records").size()).isEqualTo(20);
  }

  private static String brief(RunningGateway.Answer answer) {
    return answer.text().substring(0, Math.min(200, answer.text().length()));
  }

  @Test
  void damageIsToldWithoutWhereItIs() {
    serve(
        collection ->
            new WrappedEngine.Forwarding(collection) {
              @Override
              public CollectionSchema schema() {
                return collection.schema();
              }

              @Override
              public SearchResponse search(SearchRequest request) {
                throw new CorruptFileException("Invalid file '/secret/place/x.parquet'");
              }
            },
        4);

    RunningGateway.Answer answer = server.post(DOCS + "/search", SEARCH);
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.reason()).isEqualTo("CORRUPT");
    assertThat(answer.text()).doesNotContain("secret");
    try (ProximaFlightClient client =
        ProximaFlightClient.connect(server.flight().location(), server.adminKey())) {
      assertThatThrownBy(() -> client.search(NAME, SearchQuery.nearest(new float[] {1, 0}, 1)))
          .hasMessageContaining("damaged")
          .hasMessageNotContaining("secret");
    }
  }

  @Test
  void refusalsAreInTheAuditLog() {
    serve(UnaryOperator.identity(), 4);
    String reader = key("audited", Role.READ);
    PrintStream before = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (ProximaFlightClient client =
        ProximaFlightClient.connect(server.flight().location(), reader)) {
      server.call("GET", "/v1/status", "");
      server.call("GET", "/v1/status", "", "authorization", "Bearer pxk_wrong");
      server.call("POST", DOCS + "/flush", "{}", "authorization", "Bearer " + reader);
      catchThrowable(
          () -> client.upsert(NAME, List.of(VectorRecord.of("b", new float[] {1, 0}, Map.of()))));
      catchThrowable(
          () ->
              client.search(
                  CollectionName.parse("other.docs"), SearchQuery.nearest(new float[] {1, 0}, 1)));
    } finally {
      System.setErr(before);
    }

    assertThat(log.toString(StandardCharsets.UTF_8))
        .contains("io.proximadb.audit")
        .containsPattern("call over gateway from .*127.0.0.1.* refused: .*unknown API key")
        .contains("Flush refused to key 'audited'")
        .contains("Flight DoPut refused to key 'audited'")
        .contains("Flight DoGet refused to key 'audited'")
        .doesNotContain("pxk_wrong")
        .doesNotContain(reader);
  }
}
