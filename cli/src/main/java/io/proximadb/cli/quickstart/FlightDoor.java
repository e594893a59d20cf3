package io.proximadb.cli.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchResponse;
import io.proximadb.cli.CliException;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.RowStream;
import io.proximadb.client.SearchQuery;
import io.proximadb.gateway.ServerMain;
import io.proximadb.model.CollectionName;
import io.proximadb.model.Metric;
import io.proximadb.model.SystemColumns;
import io.proximadb.server.auth.ApiKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A Flight server in a process of its own, and a client that holds a key to it. */
final class FlightDoor implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofMinutes(2);
  private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);
  private static final String HOST = "127.0.0.1";

  private static final List<String> OPTIONS =
      List.of(
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-Xmx1g",
          "--add-modules=jdk.incubator.vector",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private final ChildJvm server;
  private final ProximaFlightClient client;
  private final CollectionName collection;
  private final int port;

  private FlightDoor(
      ChildJvm server, ProximaFlightClient client, CollectionName collection, int port) {
    this.server = server;
    this.client = client;
    this.collection = collection;
    this.port = port;
  }

  /**
   * An answer and what it rests on.
   *
   * @param answers best first
   * @param millis the whole call, as the client sees it
   * @param snapshot the Iceberg snapshot under it
   * @param rowsScanned rows compared with the question one by one
   * @param strategy how the answer was found
   */
  record Reply(
      List<Answer> answers, long millis, String snapshot, long rowsScanned, String strategy) {}

  /**
   * Makes an API key, starts a server that asks for it, and waits until it answers.
   *
   * @throws CliException if the server ends, or does not answer in time
   */
  static FlightDoor start(WorkFolder work, String collection) {
    Path keys = work.exchange().resolve("api-keys.json");
    String key =
        ApiKeys.open(keys)
            .newAdminKey()
            .orElseThrow(() -> new CliException("Cannot make an API key: " + keys + " exists"));
    Path portFile = work.exchange().resolve("server-port");
    List<String> command = new ArrayList<>(OPTIONS);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            ServerMain.class.getName(),
            "--warehouse",
            work.warehouse().toString(),
            "--host",
            HOST,
            "--port",
            "0",
            "--port-file",
            portFile.toString(),
            "--keys-file",
            keys.toString()));
    ChildJvm server =
        ChildJvm.start(
            "the Flight server", command, work.logs().resolve("server.log"), message -> {});
    int port = awaitPort(server, portFile);
    return new FlightDoor(
        server,
        ProximaFlightClient.connect(HOST, port, key),
        CollectionName.parse(collection),
        port);
  }

  /** The server writes its port to a file when it listens. */
  private static int awaitPort(ChildJvm server, Path file) {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    try {
      while (!Files.exists(file)) {
        if (!server.isAlive()) {
          throw endWith(server, "it ended at its start");
        }
        if (System.nanoTime() > deadline) {
          throw endWith(server, "it did not listen after " + START_TIMEOUT.toSeconds() + " s");
        }
        Thread.sleep(LOOK_INTERVAL.toMillis());
      }
      return Integer.parseInt(Files.readString(file));
    } catch (IOException e) {
      throw endWith(server, "its port cannot be read: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw endWith(server, "interrupted");
    }
  }

  private static CliException endWith(ChildJvm server, String reason) {
    server.close();
    return server.failure(reason);
  }

  String address() {
    return "grpc://" + HOST + ":" + port;
  }

  /** How many rows a scan through the server gives. */
  long count() {
    long rows = 0;
    try (RowStream stream = client.scan(collection, "", SystemColumns.ID)) {
      while (stream.hasNext()) {
        stream.next();
        rows++;
      }
    }
    return rows;
  }

  /** The nearest glosses, of a category if one is given. */
  Reply search(float[] vector, @Nullable String category, int k) {
    SearchQuery query = SearchQuery.nearest(vector, k);
    if (category != null) {
      ObjectNode filter = new ObjectMapper().createObjectNode().put("category", category);
      query = query.where(filter.toString());
    }
    long started = System.nanoTime();
    SearchResponse response = client.search(collection, query);
    long millis = (System.nanoTime() - started) / 1_000_000;
    return new Reply(
        response.hits().stream().map(FlightDoor::answer).toList(),
        millis,
        response.snapshotId().isPresent()
            ? Long.toString(response.snapshotId().getAsLong())
            : "none",
        response.rowsScannedExactly(),
        response.strategy());
  }

  private static Answer answer(SearchHit hit) {
    return new Answer(
        hit.id(),
        Metric.COSINE.similarity(hit.distance()),
        String.valueOf(hit.fields().get("words")),
        String.valueOf(hit.fields().get("category")),
        String.valueOf(hit.fields().get("gloss")),
        String.valueOf(hit.fields().get("source")));
  }

  /** Ends the connection, then the server. */
  @Override
  public void close() {
    try {
      client.close();
    } finally {
      server.close();
    }
  }
}
