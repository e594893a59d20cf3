package io.proximadb.wal.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.wal.LogMirror;
import io.proximadb.wal.MirrorFencedException;
import io.proximadb.wal.MirrorMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One random history of engines with the same id that take a mirror from each other, write side by
 * side, release, sleep, fail and die, over any store. Checked: what was acknowledged stays, numbers
 * are written once, and what a taker read stays as it read it.
 */
final class MirrorSimulation {
  private static final int MAX_ENGINES = 6;
  private static final int MAX_WRITES = 8;
  private static final byte[] HEADER = {'h', 'e', 'a', 'd'};

  private final UUID engineId = UUID.randomUUID();
  private final ObjectStore store;
  private final Schedule schedule;
  private final int faultPercent;

  /** What was acknowledged: no one may ever see something else. */
  private final NavigableMap<Long, Long> acknowledged = new TreeMap<>();

  /** What takers read; the chain only grows. */
  private final List<NavigableMap<Long, Long>> reads = new ArrayList<>();

  /** Numbers that some engine wanted to leave out. */
  private final Set<Long> skipped = new HashSet<>();

  private final Set<Long> epochs = new HashSet<>();
  private final List<Engine> engines = new ArrayList<>();
  private int fenced;

  MirrorSimulation(ObjectStore store, long seed, int faultPercent) {
    this.store = store;
    this.schedule = new Schedule(new Random(seed));
    this.faultPercent = faultPercent;
  }

  /** Records that were acknowledged, and engines that found themselves fenced. */
  record Outcome(int acknowledged, int takeOvers, int fenced) {}

  Outcome run() throws Exception {
    int engines = 1 + schedule.random().nextInt(MAX_ENGINES);
    for (int i = 0; i < engines; i++) {
      startEngine(i + 1);
    }
    schedule.run();
    checkEnd();
    return new Outcome(acknowledged.size(), epochs.size(), fenced);
  }

  private ObjectMirror mirror(ObjectStore seen, long incarnation, MirrorMode mode) {
    return new ObjectMirror(
        seen,
        engineId,
        incarnation,
        new ObjectMirror.Settings(
            mode,
            Duration.ZERO,
            Duration.ofSeconds(60),
            UploadQueue.QUEUE_BYTES,
            2,
            millis -> schedule.yieldTurn()));
  }

  private void startEngine(int number) {
    FaultyStore seen = new FaultyStore(store, schedule, faultPercent);
    schedule.start(
        () -> {
          try {
            live(seen, mirror(seen, number, MirrorMode.SYNC));
          } catch (FaultyStore.Crash e) {
            // Dead.
          } catch (IOException e) {
            // Gave up, for instance because all tries of a request failed.
          }
        });
  }

  private void live(FaultyStore seen, ObjectMirror mirror) throws IOException {
    Random random = schedule.random();
    for (int i = random.nextInt(30); i > 0; i--) {
      schedule.yieldTurn();
    }
    long epoch = mirror.takeOver();
    assertThat(epochs.add(epoch)).as("epoch %s is taken once", epoch).isTrue();
    long stored = mirror.storedSequence();
    NavigableMap<Long, Long> read = read(mirror, 1);
    reads.add(read);
    assertThat(read.isEmpty() ? stored : read.lastKey()).isLessThanOrEqualTo(stored);
    long next = stored + 1;
    if (random.nextInt(4) == 0) {
      next += 1 + random.nextInt(5);
      for (long skip = stored + 1; skip < next; skip++) {
        skipped.add(skip);
      }
    }
    mirror.begin(next);
    Engine engine = new Engine(seen, mirror, next);
    engines.add(engine);
    int threads = 1 + random.nextInt(3);
    for (int i = 0; i < threads; i++) {
      schedule.start(engine::write);
    }
  }

  /** An engine that writes with several threads. */
  private final class Engine {
    private final FaultyStore seen;
    private final ObjectMirror mirror;
    private final NavigableMap<Long, Long> written = new TreeMap<>();
    private long next;
    private long wanted = 1;

    Engine(FaultyStore seen, ObjectMirror mirror, long next) {
      this.seen = seen;
      this.mirror = mirror;
      this.next = next;
    }

    void write() {
      Random random = schedule.random();
      try {
        for (int i = random.nextInt(MAX_WRITES); i > 0; i--) {
          long first = next;
          int records = 1 + random.nextInt(4);
          next += records;
          ByteBuffer frames = ByteBuffer.allocate(records * 2 * Long.BYTES);
          for (int r = 0; r < records; r++) {
            long value = random.nextLong();
            frames.putLong(first + r).putLong(value);
            written.put(first + r, value);
          }
          mirror.write(first, first + records - 1, HEADER, frames.flip());
          acknowledge();
          if (random.nextInt(3) == 0) {
            release(random);
          }
          if (random.nextInt(60) == 0) {
            seen.crash();
          }
        }
      } catch (MirrorFencedException e) {
        fenced++;
      } catch (FaultyStore.Crash | IOException e) {
        // Dead, or read-only.
      }
    }

    /** As the log does: a record and all before it are stored. */
    private void acknowledge() {
      long stored = mirror.storedSequence();
      written
          .headMap(stored, true)
          .forEach(
              (sequence, value) ->
                  assertThat(acknowledged.merge(sequence, value, (old, same) -> old))
                      .as("record %s is acknowledged once", sequence)
                      .isEqualTo(value));
    }

    private void release(Random random) throws IOException {
      long stored = mirror.storedSequence();
      // Also records that are not stored yet: they are in tables already.
      long below = Math.max(1, stored + 3 - random.nextInt(8));
      wanted = Math.max(wanted, below);
      mirror.release(below);
    }

    /** Nothing that is not in the mirror can be said to be released. */
    long released() {
      return Math.min(wanted, mirror.storedSequence() + 1);
    }
  }

  /** Another engine, without faults, reads what there is. */
  private void checkEnd() throws IOException {
    ObjectMirror mirror = mirror(store, 99, MirrorMode.SYNC);
    mirror.takeOver();
    long released = engines.stream().mapToLong(Engine::released).max().orElse(1);
    NavigableMap<Long, Long> all = read(mirror, released);
    acknowledged
        .tailMap(released, true)
        .forEach(
            (sequence, value) ->
                assertThat(all.get(sequence)).as("acknowledged %s", sequence).isEqualTo(value));
    for (NavigableMap<Long, Long> read : reads) {
      read.tailMap(released, true)
          .forEach(
              (sequence, value) ->
                  assertThat(all.get(sequence)).as("once read %s", sequence).isEqualTo(value));
    }
    for (long sequence = released; sequence <= mirror.storedSequence(); sequence++) {
      assertThat(all.containsKey(sequence) || skipped.contains(sequence))
          .as("record %s of %s is there", sequence, mirror.storedSequence())
          .isTrue();
    }
    if (!all.isEmpty()) {
      long middle = (released + all.lastKey()) / 2;
      assertThat(read(mirror, middle).tailMap(middle, true)).isEqualTo(all.tailMap(middle, true));
    }
  }

  private static NavigableMap<Long, Long> read(LogMirror mirror, long from) throws IOException {
    NavigableMap<Long, Long> found = new TreeMap<>();
    mirror.read(
        from,
        (name, piece) -> {
          ByteBuffer bytes = ByteBuffer.wrap(piece);
          bytes.position(HEADER.length);
          while (bytes.hasRemaining()) {
            long sequence = bytes.getLong();
            assertThat(found.isEmpty() || found.lastKey() < sequence).as("in order").isTrue();
            found.put(sequence, bytes.getLong());
          }
        });
    return found;
  }

  /** Runs histories one after the other, and names the seed of one that fails. */
  static Map<String, Integer> runAll(Iterable<Long> seeds, Stores stores, int faultPercent)
      throws Exception {
    Map<String, Integer> sums = new TreeMap<>();
    for (long seed : seeds) {
      try (ObjectStore store = stores.create()) {
        Outcome outcome = new MirrorSimulation(store, seed, faultPercent).run();
        sums.merge("acknowledged", outcome.acknowledged(), Integer::sum);
        sums.merge("take-overs", outcome.takeOvers(), Integer::sum);
        sums.merge("fenced", outcome.fenced(), Integer::sum);
      } catch (AssertionError | Exception e) {
        throw new AssertionError("history with seed " + seed + ": " + e.getMessage(), e);
      }
    }
    return sums;
  }

  /** Makes an empty store for each history. */
  @FunctionalInterface
  interface Stores {
    ObjectStore create() throws IOException;
  }
}
