package io.proximadb.wal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.testkit.Seed;
import io.proximadb.wal.mirror.hadoop.HadoopObjectStore;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The mirror on a server of the S3 protocol, through S3A. */
class S3MirrorTest {
  private static final int HISTORIES = 24;

  private static S3Server server;

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server();
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static ObjectStore store(String folder) throws Exception {
    return new HadoopObjectStore(
        "s3a://" + S3Server.BUCKET + "/" + folder, S3Server.properties(server.port()));
  }

  @Test
  void createsOnce() throws Exception {
    try (ObjectStore store = store("once")) {
      store.create("a/b.wal", ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(new byte[] {3}));
      assertThatThrownBy(() -> store.create("a/b.wal", ByteBuffer.wrap(new byte[] {9})))
          .isInstanceOf(java.io.IOException.class)
          .satisfies(e -> System.out.println("TYPE " + e + " cause " + e.getCause()));
      assertThat(store.read("a/b.wal", Integer.MAX_VALUE)).containsExactly(1, 2, 3);
      assertThat(store.read("a/b.wal", 2)).containsExactly(1, 2);
      assertThat(store.read("a/c.wal", 2)).isNull();
      assertThat(store.list("a")).containsExactly(new ObjectStore.Entry("a/b.wal", 3));
      assertThat(store.list("none")).isEmpty();
      assertThat(store.folders()).containsExactly("a");
      store.delete("a/b.wal");
      store.delete("a/b.wal");
      assertThat(store.read("a/b.wal", 2)).isNull();
    }
  }

  @Test
  void keepsWhatWasAcknowledged() throws Exception {
    Random random = Seed.random("S3MirrorTest.histories");
    AtomicInteger histories = new AtomicInteger();
    Map<String, Integer> sums =
        MirrorSimulation.runAll(
            random.longs(HISTORIES).boxed().toList(),
            () -> {
              try {
                return store("h" + histories.incrementAndGet());
              } catch (Exception e) {
                throw new java.io.IOException(e);
              }
            },
            10);
    System.out.println(sums);
  }
}
