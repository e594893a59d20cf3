package io.proximadb.crash;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.filter.Filter;
import io.proximadb.io.Disks;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Records;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The process that dies: opens an engine, tells what it finds, then writes until it is killed, or
 * until it halts itself at a chosen step.
 *
 * <p>Lines on standard output, each flushed: {@code S id number} for each record found at the start
 * and {@code E} at their end; {@code B thread operation} before and {@code A thread operation}
 * after each acknowledged operation.
 */
public final class CrashChild {
  static final CollectionName DOCS = CollectionName.parse("docs");
  static final int THREADS = 3;

  /** Arguments of the process, as system properties so that their order does not matter. */
  record Settings(Path warehouse, long seed, String haltAt, int haltAtVisit, String disk) {
    static Settings ofSystemProperties() {
      return new Settings(
          Path.of(System.getProperty("crash.warehouse")),
          Long.getLong("crash.seed"),
          System.getProperty("crash.halt-at", ""),
          Integer.getInteger("crash.halt-at-visit", 1),
          System.getProperty("crash.disk", ""));
    }
  }

  private CrashChild() {}

  public static void main(String[] args) {
    Settings settings = Settings.ofSystemProperties();
    PrintStream out = System.out;
    AtomicInteger visits = new AtomicInteger();
    EngineOptions options =
        options(settings)
            .withFailPoints(
                step -> {
                  if (step.equals(settings.haltAt())
                      && visits.incrementAndGet() == settings.haltAtVisit()) {
                    Runtime.getRuntime().halt(42);
                  }
                });
    // Never closed: this process ends by dying.
    ProximaEngine engine = ProximaEngine.open(options);
    Collection docs =
        engine.listNamespaces().contains("default")
                && engine.listCollections("default").contains(DOCS)
            ? engine.collection(DOCS)
            : engine.createCollection(DOCS, Records.schema());
    dump(docs, out);
    for (int thread = 0; thread < THREADS; thread++) {
      int number = thread;
      new Thread(() -> write(docs, settings.seed(), number, out), "writer-" + thread).start();
    }
    Random random = new Random(settings.seed());
    while (!Thread.currentThread().isInterrupted()) {
      docs.flush();
      java.util.concurrent.locks.LockSupport.parkNanos(random.nextInt(40) * 1_000_000L);
    }
  }

  static EngineOptions options(Settings settings) {
    EngineOptions options =
        EngineOptions.local(settings.warehouse()).withFlush(64 << 20, Duration.ofHours(1));
    return settings.disk().isEmpty()
        ? options
        : options.withCatalogProperty(Disks.DISK_IMPL, settings.disk());
  }

  private static void dump(Collection docs, PrintStream out) {
    StringBuilder lines = new StringBuilder();
    try (ScanResult scan =
        docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", "number", "vector")))) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          long number = (Long) batch.column("number").value(i);
          float[] vector = (float[]) batch.column("vector").value(i);
          boolean whole = java.util.Arrays.equals(vector, Records.vector(number));
          lines
              .append("S ")
              .append(batch.column("id").value(i))
              .append(' ')
              .append(whole ? number : "torn")
              .append('\n');
        }
      }
    }
    synchronized (out) {
      out.print(lines.append("E\n"));
      out.flush();
    }
  }

  private static void write(Collection docs, long seed, int thread, PrintStream out) {
    Operations operations = new Operations(seed, thread);
    for (int i = 0; ; i++) {
      Operation operation = operations.next();
      say(out, "B " + thread + " " + i);
      operation.run(docs);
      say(out, "A " + thread + " " + i);
    }
  }

  private static void say(PrintStream out, String line) {
    synchronized (out) {
      out.print(line + "\n");
      out.flush();
    }
  }

  /** One write call: upserts or deletions, as a unit. */
  record Operation(Map<String, Long> upserts, List<String> deletes) {
    void run(Collection docs) {
      if (!upserts.isEmpty()) {
        List<VectorRecord> records = new ArrayList<>();
        upserts.forEach((id, number) -> records.add(Records.of(id, number)));
        docs.upsert(records);
      } else {
        docs.delete(deletes);
      }
    }

    void apply(Map<String, Long> state) {
      state.putAll(upserts);
      deletes.forEach(state::remove);
    }
  }

  /** The operations of one thread, which follow from the seed; threads have ids of their own. */
  static final class Operations {
    private static final int IDS = 200;
    private final Random random;
    private final int thread;
    private long number;

    Operations(long seed, int thread) {
      this.random = new Random(seed * 31 + thread);
      this.thread = thread;
      this.number = Math.floorMod(seed, 1_000_000L) * 1_000_000L + thread;
    }

    Operation next() {
      int size = 1 + random.nextInt(20);
      Map<String, Long> upserts = new java.util.TreeMap<>();
      List<String> deletes = new ArrayList<>();
      boolean delete = random.nextInt(4) == 0;
      for (int i = 0; i < size; i++) {
        String id = "t" + thread + "-" + random.nextInt(IDS);
        number += THREADS;
        if (!delete) {
          upserts.put(id, number);
        } else if (!deletes.contains(id)) {
          deletes.add(id);
        }
      }
      return new Operation(upserts, deletes);
    }
  }
}
