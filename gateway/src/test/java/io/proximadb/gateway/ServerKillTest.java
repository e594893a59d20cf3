package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.RecordWriter;
import io.proximadb.client.RowStream;
import io.proximadb.client.SearchQuery;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.Record;
import io.proximadb.proto.v1.RecordIdsRequest;
import io.proximadb.proto.v1.RecordsServiceGrpc;
import io.proximadb.proto.v1.WriteRecordsRequest;
import io.proximadb.testkit.Seed;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.FlightRuntimeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server is killed while clients write, read and flush over all its ports; the next one has all
 * that was acknowledged. {@code -Dproximadb.server-kills=100} is the long form.
 */
class ServerKillTest {
  private static final int KILLS = Integer.getInteger("proximadb.server-kills", 3);
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int IDS = 40;
  private static final int MAX_UNIT = 8;

  @TempDir Path folder;
  private final Random random = Seed.random("ServerKillTest");

  /** How one writer reaches the server: writes values by id, of which none is a deletion. */
  private interface Door extends AutoCloseable {
    void upsert(Map<String, Integer> values) throws Exception;

    void delete(List<String> ids) throws Exception;

    @Override
    void close();
  }

  /** A writer with ids of its own, what was acknowledged to it, and what was not answered. */
  private static final class Writer {
    final String name;
    final Random random;
    final Map<String, Integer> acknowledged = new HashMap<>();
    Map<String, @Nullable Integer> unanswered = Map.of();
    int nextValue;
    int operations;

    Writer(String name, long seed) {
      this.name = name;
      this.random = new Random(seed);
    }

    /** Writes until the server is gone. */
    void run(Door door, AtomicInteger done) throws Exception {
      while (true) {
        boolean delete = random.nextInt(4) == 0;
        Map<String, @Nullable Integer> unit = new LinkedHashMap<>();
        for (int i = 1 + random.nextInt(MAX_UNIT); i > 0; i--) {
          unit.put(name + random.nextInt(IDS), delete ? null : Integer.valueOf(nextValue++));
        }
        unanswered = unit;
        try {
          if (delete) {
            door.delete(List.copyOf(unit.keySet()));
          } else {
            door.upsert(unit);
          }
        } catch (ProximaException
            | FlightRuntimeException
            | StatusRuntimeException
            | IOException e) {
          return;
        }
        unit.forEach((id, value) -> set(acknowledged, id, value));
        unanswered = Map.of();
        operations++;
        done.incrementAndGet();
      }
    }

    static void set(Map<String, Integer> state, String id, @Nullable Integer value) {
      if (value == null) {
        state.remove(id);
      } else {
        state.put(id, value);
      }
    }

    /** Compares with what the next server has, and goes on from there if it may be. */
    void settle(Map<String, Integer> all, String round) {
      Map<String, Integer> found = new HashMap<>(all);
      found.keySet().removeIf(id -> !id.startsWith(name));
      Map<String, Integer> other = new HashMap<>(acknowledged);
      unanswered.forEach((id, value) -> set(other, id, value));
      assertThat(found)
          .as("%s, %s after %d operations, unanswered %s", round, name, operations, unanswered)
          .isIn(acknowledged, other);
      acknowledged.clear();
      acknowledged.putAll(found);
      unanswered = Map.of();
    }
  }

  @Test
  void whatWasAcknowledgedOverAnyPortIsThereAfterAKill() throws Exception {
    List<Writer> writers = new ArrayList<>();
    for (String name : List.of("flight-", "stream-", "rest-", "grpc-")) {
      writers.add(new Writer(name, random.nextLong()));
    }
    String warehouse = "--warehouse=" + folder.resolve("warehouse");
    for (int round = 0; round <= KILLS; round++) {
      try (ServerProcess server = ServerProcess.start(folder, "kill-" + round, warehouse);
          ProximaFlightClient client =
              ProximaFlightClient.connect("127.0.0.1", server.port(), null)) {
        if (round == 0) {
          client.create(
              DOCS,
              CollectionSchema.builder()
                  .vector(2, Metric.EUCLIDEAN)
                  .metadata("value", Scalar.INT)
                  .build());
        }
        Map<String, Integer> found = read(client);
        for (Writer writer : writers) {
          writer.settle(found, "round " + round);
        }
        if (round < KILLS) {
          load(server, client, writers);
        }
      }
    }
    assertThat(writers).allSatisfy(writer -> assertThat(writer.operations).isGreaterThan(KILLS));
  }

  private static Map<String, Integer> read(ProximaFlightClient client) {
    Map<String, Integer> found = new HashMap<>();
    try (RowStream rows = client.scan(DOCS, "")) {
      rows.forEachRemaining(
          row ->
              assertThat(found.put((String) row.get("id"), (Integer) row.get("value")))
                  .as("the only row of " + row.get("id"))
                  .isNull());
    }
    return found;
  }

  private void load(ServerProcess server, ProximaFlightClient client, List<Writer> writers)
      throws Exception {
    AtomicInteger done = new AtomicInteger();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    List<Thread> threads = new ArrayList<>();
    for (Writer writer : writers) {
      threads.add(
          thread(
              failures,
              () -> {
                try (Door door = door(writer.name, server)) {
                  writer.run(door, done);
                }
              }));
    }
    threads.add(
        thread(
            failures,
            () -> {
              try {
                while (true) {
                  client.search(DOCS, SearchQuery.nearest(new float[] {1, 2}, 5));
                  client.flush(DOCS);
                }
              } catch (ProximaException | FlightRuntimeException e) {
                // The server is gone.
              }
            }));
    threads.forEach(Thread::start);
    int operations = 30 + random.nextInt(300);
    await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> done.get() >= operations || !failures.isEmpty());
    server.kill();
    for (Thread thread : threads) {
      thread.join(60_000);
      assertThat(thread.isAlive()).as("a client that waits for ever").isFalse();
    }
    assertThat(failures).isEmpty();
  }

  private interface Task {
    void run() throws Exception;
  }

  private static Thread thread(List<Throwable> failures, Task task) {
    return new Thread(
        () -> {
          try {
            task.run();
          } catch (Throwable e) {
            failures.add(e);
          }
        });
  }

  private static float[] vector(int value) {
    return new float[] {value, 1};
  }

  private static List<VectorRecord> records(Map<String, Integer> values) {
    List<VectorRecord> records = new ArrayList<>();
    values.forEach(
        (id, value) -> records.add(VectorRecord.of(id, vector(value), Map.of("value", value))));
    return records;
  }

  private static Door door(String name, ServerProcess server) {
    return switch (name) {
      case "rest-" -> new Rest(server.gatewayPort());
      case "grpc-" -> new Grpc(server.gatewayPort());
      case "stream-" -> new Stream(server.port());
      default -> new Calls(server.port());
    };
  }

  private record Calls(ProximaFlightClient client) implements Door {
    Calls(int port) {
      this(ProximaFlightClient.connect("127.0.0.1", port, null));
    }

    @Override
    public void upsert(Map<String, Integer> values) {
      client.upsert(DOCS, records(values));
    }

    @Override
    public void delete(List<String> ids) {
      client.delete(DOCS, ids);
    }

    @Override
    public void close() {
      client.close();
    }
  }

  /** One stream for all that is written, a batch for each operation. */
  private static final class Stream implements Door {
    private final ProximaFlightClient client;
    private final RecordWriter upserts;
    private final RecordWriter deletes;

    Stream(int port) {
      this.client = ProximaFlightClient.connect("127.0.0.1", port, null);
      this.upserts = client.writer(DOCS, PutMode.PUT_MODE_UPSERT);
      this.deletes = client.writer(DOCS, PutMode.PUT_MODE_DELETE);
    }

    @Override
    public void upsert(Map<String, Integer> values) {
      upserts.write(records(values));
    }

    @Override
    public void delete(List<String> ids) {
      deletes.delete(ids);
    }

    @Override
    public void close() {
      upserts.abandon();
      deletes.abandon();
      client.close();
    }
  }

  private static final class Grpc implements Door {
    private final ManagedChannel channel;
    private final RecordsServiceGrpc.RecordsServiceBlockingStub stub;

    Grpc(int port) {
      this.channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
      this.stub = RecordsServiceGrpc.newBlockingStub(channel);
    }

    @Override
    public void upsert(Map<String, Integer> values) {
      WriteRecordsRequest.Builder request = WriteRecordsRequest.newBuilder().setCollection("docs");
      values.forEach(
          (id, value) ->
              request.addRecords(
                  Record.newBuilder()
                      .setId(id)
                      .addVector(value)
                      .addVector(1)
                      .setMetadata(
                          com.google.protobuf.Struct.newBuilder()
                              .putFields(
                                  "value",
                                  com.google.protobuf.Value.newBuilder()
                                      .setNumberValue(value)
                                      .build()))));
      stub.upsertRecords(request.build());
    }

    @Override
    public void delete(List<String> ids) {
      stub.deleteRecords(
          RecordIdsRequest.newBuilder().setCollection("docs").addAllIds(ids).build());
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  private static final class Rest implements Door {
    private final HttpClient http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String records;

    Rest(int port) {
      this.records = "http://127.0.0.1:" + port + "/v1/collections/docs/records/";
    }

    private void post(String operation, String body) throws Exception {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create(records + operation))
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    @Override
    public void upsert(Map<String, Integer> values) throws Exception {
      List<String> all = new ArrayList<>();
      values.forEach(
          (id, value) ->
              all.add(
                  "{\"id\": \""
                      + id
                      + "\", \"vector\": ["
                      + value
                      + ", 1], \"metadata\": {\"value\": "
                      + value
                      + "}}"));
      post("upsert", "{\"records\": [" + String.join(", ", all) + "]}");
    }

    @Override
    public void delete(List<String> ids) throws Exception {
      post("delete", "{\"ids\": [\"" + String.join("\", \"", ids) + "\"]}");
    }

    @Override
    public void close() {}
  }
}
