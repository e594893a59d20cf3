package io.proximadb.wal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.objectstore.FaultProxy;
import io.proximadb.objectstore.FaultProxy.Fault;
import io.proximadb.objectstore.S3Server;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.wal.WalOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An engine with a mirror on a server of the S3 protocol that answers badly, and loses its disk.
 */
class S3EngineTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int FAULT_PERCENT = 5;
  private static final int RECORDS = 40;

  @TempDir Path temp;

  private EngineOptions options(FaultProxy proxy, String home) {
    EngineOptions options =
        EngineOptions.local(temp.resolve("warehouse"))
            .withHome(temp.resolve(home))
            .withFlush(64 << 20, Duration.ofHours(1))
            .withCatalogProperty(
                WalOptions.MIRROR_LOCATION_PROPERTY, "s3a://" + S3Server.BUCKET + "/log");
    for (Map.Entry<String, String> property : S3Server.properties(proxy.port()).entrySet()) {
      options = options.withCatalogProperty(property.getKey(), property.getValue());
    }
    return options;
  }

  private static Fault draw(Random random) {
    synchronized (random) {
      Fault[] faults = Fault.values();
      return random.nextInt(100) < FAULT_PERCENT
          ? faults[random.nextInt(faults.length)]
          : Fault.NONE;
    }
  }

  @Test
  void whatWasAcknowledgedOutlivesTheDiskAndTheOldEngineIsFenced() throws Exception {
    Random random = new Random(Seed.random("S3EngineTest").nextLong());
    try (S3Server server = new S3Server();
        FaultProxy proxy = new FaultProxy(server.port())) {
      proxy.set((method, path) -> draw(random));
      // Flushes nothing: its disk is gone before it is closed.
      ProximaEngine old = ProximaEngine.open(options(proxy, "home"));
      Collection docs = old.createCollection(DOCS, Records.schema());
      for (int i = 0; i < RECORDS; i++) {
        docs.upsert(List.of(Records.of("id" + i, i)));
      }
      try (ProximaEngine next = ProximaEngine.open(options(proxy, "new-home"))) {
        assertThat(next.walRecovery().mirroredRecords()).isGreaterThanOrEqualTo(RECORDS);
        for (int i = 0; i < RECORDS; i++) {
          assertThat(next.collection(DOCS).get("id" + i)).as("id" + i).isPresent();
        }
        assertThatThrownBy(() -> docs.upsert(List.of(Records.of("late", 1))))
            .isInstanceOf(ProximaException.class)
            .hasMessageContaining("read-only");
        assertThat(next.collection(DOCS).get("late")).isEmpty();
      }
      proxy.set((method, path) -> Fault.NONE);
      old.close();
    }
  }
}
