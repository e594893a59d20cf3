package io.proximadb.wal.mirror;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.objectstore.FaultProxy;
import io.proximadb.objectstore.FaultProxy.Fault;
import io.proximadb.objectstore.S3Server;
import io.proximadb.testkit.Seed;
import io.proximadb.wal.LogIdentity;
import io.proximadb.wal.MirrorFencedException;
import io.proximadb.wal.MirrorMode;
import io.proximadb.wal.WalOptions;
import io.proximadb.wal.mirror.hadoop.HadoopObjectStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The mirror on a server of the S3 protocol, through S3A and a proxy that answers badly. */
class S3MirrorTest {
  private static final int HISTORIES = 8;
  private static final int FAULT_PERCENT = 10;
  private static final byte[] HEADER = {7};

  private static S3Server server;
  private static FaultProxy proxy;

  private final UUID engineId = UUID.randomUUID();
  private final String location = "s3a://" + S3Server.BUCKET + "/" + UUID.randomUUID();

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server();
    proxy = new FaultProxy(server.port());
  }

  @AfterAll
  static void stop() throws Exception {
    proxy.close();
    server.close();
  }

  private static Map<String, String> throughProxy() {
    return S3Server.properties(proxy.port());
  }

  private ObjectMirror open(MirrorMode mode, long incarnation) throws IOException {
    return ObjectMirror.open(
        WalOptions.builder().mirrorLocation(location).mirrorMode(mode).build(),
        throughProxy(),
        engineId,
        incarnation);
  }

  private static void write(ObjectMirror mirror, long sequence) throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(Long.BYTES).putLong(sequence).flip();
    mirror.write(sequence, sequence, HEADER, frame);
  }

  private static List<Long> read(ObjectMirror mirror) throws IOException {
    List<Long> found = new ArrayList<>();
    mirror.read(
        1,
        (name, piece) -> {
          ByteBuffer bytes = ByteBuffer.wrap(piece, 1, piece.length - 1);
          while (bytes.hasRemaining()) {
            found.add(bytes.getLong());
          }
        });
    return found;
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void createsAnObjectOnce() throws Exception {
    try (ObjectStore store = new HadoopObjectStore(location, S3Server.properties(server.port()))) {
      store.create("a/b.wal", ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(new byte[] {3}));
      assertThatThrownBy(() -> store.create("a/b.wal", ByteBuffer.wrap(new byte[] {9})))
          .isInstanceOf(IOException.class);
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
  void createsALargeObjectOnceOfManyAtATime() throws Exception {
    int takers = 8;
    ExecutorService threads = Executors.newFixedThreadPool(takers);
    CyclicBarrier together = new CyclicBarrier(takers);
    try (ObjectStore store = new HadoopObjectStore(location, S3Server.properties(server.port()))) {
      List<Future<Boolean>> created = new ArrayList<>();
      for (int i = 0; i < takers; i++) {
        ByteBuffer content = ByteBuffer.wrap(new byte[1 << 20]);
        Callable<Boolean> create =
            () -> {
              together.await();
              try {
                store.create("x", content);
                return true;
              } catch (IOException e) {
                return false;
              }
            };
        created.add(threads.submit(create));
      }
      int winners = 0;
      for (Future<Boolean> one : created) {
        winners += one.get() ? 1 : 0;
      }
      assertThat(winners).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void keepsWhatWasAcknowledgedInRandomHistories() throws Exception {
    Random random = Seed.random("S3MirrorTest.histories");
    try (ObjectStore store = new HadoopObjectStore(location, S3Server.properties(server.port()))) {
      Map<String, Integer> sums =
          MirrorSimulation.runAll(
              random.longs(HISTORIES).boxed().toList(), () -> new Kept(store), FAULT_PERCENT);
      assertThat(sums.get("acknowledged")).isPositive();
    }
  }

  @Test
  void writesThroughThrottlingErrorsAndLostAnswers() throws Exception {
    Random random = Seed.random("S3MirrorTest.faults");
    Fault[] faults = Fault.values();
    Map<Fault, Integer> injected = new ConcurrentHashMap<>();
    long last = 60;
    try (ObjectMirror mirror = open(MirrorMode.SYNC, 1)) {
      proxy.set(
          (method, path) -> {
            synchronized (random) {
              Fault fault =
                  random.nextInt(3) > 0 ? Fault.NONE : faults[random.nextInt(faults.length)];
              injected.merge(fault, 1, Integer::sum);
              return fault;
            }
          });
      mirror.takeOver();
      mirror.begin(1);
      for (long sequence = 1; sequence <= last; sequence++) {
        write(mirror, sequence);
        assertThat(mirror.storedSequence()).isEqualTo(sequence);
      }
      assertThat(injected).containsKeys(Fault.SLOW_DOWN, Fault.ERROR, Fault.CUT_AFTER);
      try (ObjectMirror next = open(MirrorMode.SYNC, 2)) {
        assertThat(next.takeOver()).isEqualTo(2);
        assertThat(read(next)).isEqualTo(upTo(last));
      }
    } finally {
      proxy.set((method, path) -> Fault.NONE);
    }
  }

  @Test
  void takesItsOwnObjectForItsOwnAfterALostAnswer() throws Exception {
    try (ObjectMirror mirror = open(MirrorMode.SYNC, 1)) {
      mirror.takeOver();
      mirror.begin(1);
      AtomicInteger puts = new AtomicInteger();
      proxy.set(
          (method, path) ->
              method.equals("PUT") && puts.getAndIncrement() == 0 ? Fault.CUT_AFTER : Fault.NONE);
      write(mirror, 1);
      proxy.set((method, path) -> Fault.NONE);
      write(mirror, 2);
      assertThat(mirror.storedSequence()).isEqualTo(2);
    } finally {
      proxy.set((method, path) -> Fault.NONE);
    }
  }

  @Test
  void refusesTheOneThatWasTakenOver() throws Exception {
    try (ObjectMirror old = open(MirrorMode.SYNC, 1);
        ObjectMirror taker = open(MirrorMode.SYNC, 2)) {
      old.takeOver();
      old.begin(1);
      write(old, 1);
      assertThat(taker.takeOver()).isEqualTo(2);
      assertThatThrownBy(() -> write(old, 2))
          .isInstanceOf(MirrorFencedException.class)
          .hasMessageContaining("another engine took it over");
      assertThatThrownBy(() -> write(old, 3)).isInstanceOf(IOException.class);
      taker.begin(2);
      write(taker, 2);
      assertThat(ObjectMirror.identity(location, throughProxy()))
          .contains(new LogIdentity(engineId, 2));
    }
  }

  @Test
  void letsOneOfManyTakersWrite() throws Exception {
    int takers = 4;
    ExecutorService threads = Executors.newFixedThreadPool(takers);
    CyclicBarrier together = new CyclicBarrier(takers);
    try {
      List<Future<Integer>> wrote = new ArrayList<>();
      for (int i = 0; i < takers; i++) {
        Callable<Integer> take =
            () -> {
              try (ObjectMirror mirror = open(MirrorMode.SYNC, 1)) {
                together.await();
                mirror.takeOver();
                together.await();
                mirror.begin(1);
                write(mirror, 1);
                return 1;
              } catch (MirrorFencedException e) {
                return 0;
              }
            };
        wrote.add(threads.submit(take));
      }
      int writers = 0;
      for (Future<Integer> one : wrote) {
        writers += one.get();
      }
      assertThat(writers).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void catchesUpAfterAnOutage() throws Exception {
    long last = 200;
    try (ObjectMirror mirror = open(MirrorMode.ASYNC, 1)) {
      mirror.takeOver();
      mirror.begin(1);
      proxy.refuse();
      for (long sequence = 1; sequence <= last; sequence++) {
        write(mirror, sequence);
      }
      assertThat(mirror.storedSequence()).isZero();
      proxy.accept();
    }
    try (ObjectMirror next = open(MirrorMode.SYNC, 2)) {
      next.takeOver();
      assertThat(read(next)).isEqualTo(upTo(last));
    }
  }

  /** Stays open for the next history. */
  private record Kept(ObjectStore store) implements ObjectStore {
    @Override
    public void create(String name, ByteBuffer... content) throws IOException {
      store.create(name, content);
    }

    @Override
    public byte[] read(String name, int maxBytes) throws IOException {
      return store.read(name, maxBytes);
    }

    @Override
    public List<Entry> list(String folder) throws IOException {
      return store.list(folder);
    }

    @Override
    public List<String> folders() throws IOException {
      return store.folders();
    }

    @Override
    public void delete(String name) throws IOException {
      store.delete(name);
    }

    @Override
    public boolean isPermanent(IOException failure) {
      return store.isPermanent(failure);
    }

    @Override
    public String locationOf(String name) {
      return store.locationOf(name);
    }

    @Override
    public void close() {}
  }
}
