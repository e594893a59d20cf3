package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.SearchQuery;
import io.proximadb.error.NotOwnerException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.Samples;
import io.proximadb.server.ServerOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two servers over one warehouse: who writes is told, and what one commits the other reads. */
class TwoServersTest {
  private static final CollectionName DOCS = Samples.DOCS;

  @TempDir Path folder;

  private ProximaEngine engine(String name) {
    return ProximaEngine.open(
        EngineOptions.local(folder.resolve("warehouse"))
            .withHome(folder.resolve("home-" + name))
            .withAddress(name + ".example:8815"));
  }

  private static RunningGateway serve(ProximaEngine engine) {
    return RunningGateway.start(
        EngineAccess.of(engine),
        ServerOptions.insecure(),
        GatewayOptions.DEFAULT_MAX_REQUEST_BYTES,
        GatewayOptions.DEFAULT_MAX_CALLS);
  }

  private static ProximaFlightClient client(RunningGateway server) {
    return ProximaFlightClient.connect(server.flight().location(), null);
  }

  private static VectorRecord fresh(String id) {
    return VectorRecord.of(id, new float[] {7, 1, 1, 1}, Map.of());
  }

  private static List<String> near(ProximaFlightClient client, int k, long sequence) {
    return client
        .search(DOCS, SearchQuery.nearest(new float[] {7, 1, 1, 1}, k).atLeast(sequence))
        .hits()
        .stream()
        .map(SearchHit::id)
        .toList();
  }

  @Test
  void theOwnerIsNamedItsWritesAreReadElsewhereAndAnotherOneTakesOver() throws Exception {
    try (ProximaEngine second = engine("second");
        RunningGateway secondServer = serve(second);
        ProximaFlightClient other = client(secondServer)) {
      try (ProximaEngine first = engine("first");
          RunningGateway firstServer = serve(first);
          ProximaFlightClient owner = client(firstServer)) {
        owner.create(DOCS, Samples.DOCS_SCHEMA);
        long sequence = owner.upsert(DOCS, List.of(fresh("one"))).sequence();

        assertThatThrownBy(() -> other.upsert(DOCS, List.of(fresh("two"))))
            .isInstanceOfSatisfying(
                NotOwnerException.class,
                e -> assertThat(e.address()).hasValue("first.example:8815"));
        RunningGateway.Answer refused =
            secondServer.call(
                "POST",
                "/v1/collections/docs/records/upsert",
                "{\"records\": [{\"id\": \"two\", \"vector\": [1, 2, 3, 4]}]}",
                "accept",
                "*/*");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.reason()).isEqualTo("NOT_OWNER");
        assertThat(refused.detail("ErrorInfo").path("metadata").path("owner").asText())
            .isEqualTo("first.example:8815");

        // The read waits for the sequence, which the other server sees once it is flushed.
        CompletableFuture<List<String>> read =
            CompletableFuture.supplyAsync(() -> near(other, 5, sequence));
        owner.flush(DOCS);
        assertThat(read.get()).containsExactly("one");
      }
      // The first one is gone: the second takes the collection over.
      other.upsert(DOCS, List.of(fresh("two")));
      assertThat(near(other, 5, 0)).containsExactly("one", "two");
    }
  }

  @Test
  void clientsThatFollowTheOwnerLoseNothingWhicheverServerTheyAsk() throws Exception {
    try (ProximaEngine first = engine("first");
        ProximaEngine second = engine("second");
        RunningGateway firstServer = serve(first);
        RunningGateway secondServer = serve(second)) {
      try (ProximaFlightClient any = client(firstServer)) {
        any.create(DOCS, Samples.DOCS_SCHEMA);
      }
      Map<String, RunningGateway> servers =
          Map.of("first.example:8815", firstServer, "second.example:8815", secondServer);
      int each = 40;
      AtomicInteger sentOn = new AtomicInteger();
      List<CompletableFuture<Void>> writers = new ArrayList<>();
      for (RunningGateway server : List.of(firstServer, secondServer, firstServer, secondServer)) {
        int number = writers.size();
        writers.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < each; i++) {
                    write(server, servers, fresh("w" + number + "-" + i), sentOn);
                  }
                }));
      }
      for (CompletableFuture<Void> writer : writers) {
        writer.get();
      }
      assertThat(sentOn.get()).isEqualTo(2 * each);
      try (ProximaFlightClient one = client(firstServer);
          ProximaFlightClient other = client(secondServer)) {
        // Who owns it flushes; the other has nothing to flush.
        long last = first.collection(DOCS).flush().rows() + second.collection(DOCS).flush().rows();
        assertThat(last).isEqualTo(4 * each);
        awaitAll(one, 4 * each);
        awaitAll(other, 4 * each);
      }
    }
  }

  /** What another server commits is seen at its next look, a second later by default. */
  private static void awaitAll(ProximaFlightClient client, int count) {
    await().until(() -> near(client, 1_000, 0).size() == count);
  }

  private static void write(
      RunningGateway server,
      Map<String, RunningGateway> servers,
      VectorRecord record,
      AtomicInteger sentOn) {
    try (ProximaFlightClient client = client(server)) {
      client.upsert(DOCS, List.of(record));
    } catch (NotOwnerException e) {
      sentOn.incrementAndGet();
      RunningGateway owner = servers.get(e.address().orElseThrow());
      try (ProximaFlightClient client = client(owner)) {
        client.upsert(DOCS, List.of(record));
      }
    }
  }
}
