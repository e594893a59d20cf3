package io.proximadb.wal;

import io.proximadb.io.Disk;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.FaultyDisk.Step;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures the log on this machine's disk: latency of an acknowledgement against a bare sync,
 * sharing of syncs by many threads, ingest and replay. Argument: a folder on the disk to measure.
 */
public final class WalHarness {
  private static final int DIMENSION = 784;
  private static final int THREADS = 64;

  private WalHarness() {}

  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments.length > 0 ? arguments[0] : "target");
    Files.createDirectories(root);
    Path folder = Files.createTempDirectory(root, "wal-harness");
    try {
      for (int round = 0; round < 2; round++) {
        System.out.println(round == 0 ? "warm-up" : "measured");
        bareSync(folder);
        oneWriter(folder.resolve("one" + round));
        manyWriters(folder.resolve("many" + round));
        Path large = folder.resolve("large" + round);
        ingest(large);
        replay(large);
        decode(new StraightRecordDecoder(), "our schema");
        decode(new ResolvingRecordDecoder(LogFormat.VERSION, WalSchemas.RECORD), "resolving");
      }
    } finally {
      deleteAll(folder);
    }
  }

  private static WalRecord record(Random random, int number) {
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = random.nextFloat();
    }
    return WalFixture.upsert(WalFixture.TABLE, "record-" + number, vector);
  }

  private static void bareSync(Path folder) throws IOException {
    long[] nanos = new long[300];
    Path file = folder.resolve("bare");
    try (Disk.Output out = WalFixture.LOCAL.create(file)) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(3_300);
      for (int i = 0; i < nanos.length; i++) {
        long start = System.nanoTime();
        out.write(bytes.clear());
        out.sync();
        nanos[i] = System.nanoTime() - start;
      }
    }
    Files.delete(file);
    print("write and sync of 3.3 kB, bare", nanos);
  }

  private static void oneWriter(Path folder) {
    WalRecord record = record(new Random(1), 1);
    long[] nanos = new long[300];
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      for (int i = 0; i < nanos.length; i++) {
        long start = System.nanoTime();
        log.wal().awaitDurable(log.wal().append(List.of(record)));
        nanos[i] = System.nanoTime() - start;
      }
    }
    print("acknowledgement of one record, one thread", nanos);
  }

  private static void manyWriters(Path folder) throws Exception {
    int each = 100;
    FaultyDisk disk = new FaultyDisk(WalFixture.LOCAL, 1);
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try (WalFixture.Opened log = WalFixture.open(disk, folder)) {
      int syncs = disk.count(Step.SYNC);
      List<Callable<long[]>> tasks = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        WalRecord record = record(new Random(t), t);
        tasks.add(
            () -> {
              long[] nanos = new long[each];
              for (int i = 0; i < each; i++) {
                long start = System.nanoTime();
                log.wal().awaitDurable(log.wal().append(List.of(record)));
                nanos[i] = System.nanoTime() - start;
              }
              return nanos;
            });
      }
      long start = System.nanoTime();
      long[] all = new long[THREADS * each];
      int at = 0;
      for (Future<long[]> future : pool.invokeAll(tasks)) {
        System.arraycopy(future.get(), 0, all, at, each);
        at += each;
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      print("acknowledgement of one record, " + THREADS + " threads", all);
      System.out.printf(
          Locale.ROOT,
          "  %.0f records/s, %.1f acknowledgements a sync%n",
          all.length / seconds,
          (double) all.length / (disk.count(Step.SYNC) - syncs));
    } finally {
      pool.shutdownNow();
    }
  }

  private static void ingest(Path folder) {
    Random random = new Random(2);
    List<WalRecord> batch = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      batch.add(record(random, i));
    }
    int batches = 400;
    long start = System.nanoTime();
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      for (int i = 0; i < batches; i++) {
        log.wal().append(batch);
      }
      log.wal().awaitDurable((long) batches * batch.size());
    }
    report("ingest, durable, one thread", (long) batches * batch.size(), start);
  }

  private static void replay(Path folder) {
    for (int i = 0; i < 3; i++) {
      long[] sum = new long[1];
      long start = System.nanoTime();
      FileWal wal =
          FileWal.open(
              WalFixture.LOCAL,
              folder,
              WalFixture.ENGINE,
              1,
              record -> sum[0] += record.vectors().get(1).length);
      report("open and replay (file cached)", sum[0] / DIMENSION, start);
      wal.close();
    }
  }

  private static void decode(RecordDecoder decoder, String name) throws IOException {
    Random random = new Random(3);
    List<WalRecord> records = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      records.add(record(random, i));
    }
    LogUnit unit = LogUnit.encode(records, WalOptions.MAX_UNIT_BYTES);
    long start = System.nanoTime();
    long count = 0;
    for (int i = 0; i < 400; i++) {
      decoder.start(unit.bytes(), 0, unit.length());
      while (!decoder.atEnd()) {
        decoder.next(count++);
      }
    }
    report("decode, " + name, count, start);
  }

  private static void report(String what, long records, long start) {
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%-45s %.0f records/s, %.0f MB/s of vectors%n",
        what,
        records / seconds,
        records * DIMENSION * 4 / 1e6 / seconds);
  }

  private static void print(String what, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        Locale.ROOT,
        "%-45s median %.2f ms, p99 %.2f ms%n",
        what,
        nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6);
  }

  private static void deleteAll(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(file);
      }
    }
  }
}
