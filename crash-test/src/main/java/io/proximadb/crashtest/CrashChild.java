package io.proximadb.crashtest;

import io.proximadb.ProximaEngine;
import io.proximadb.model.CollectionName;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that dies: opens an engine, tells what it finds, writes, and at its kill point asks
 * to be killed.
 *
 * <p>Lines on standard output: those of {@link Inventory} and {@code E} at their end; {@code A
 * writer number} after each acknowledged operation; {@code K steps} where it wants to be killed,
 * with the steps that flushes and compactions are at. The thread that asked goes no further; the
 * others do, until the signal comes.
 */
final class CrashChild {
  private static final Logger LOG = LoggerFactory.getLogger(CrashChild.class);

  static final String FOLDER_PROPERTY = "crash.folder";
  static final String GENERATION_PROPERTY = "crash.generation-seed";
  static final String ROUND_PROPERTY = "crash.round-seed";
  static final String STEP_PROPERTY = "crash.step";
  static final String VISIT_PROPERTY = "crash.visit";
  static final String VARIANT_PROPERTY = "crash.variant";

  static final Variant VARIANT =
      Variant.parse(System.getProperty(VARIANT_PROPERTY, Variant.PLAIN.toString()));

  /** Where a kill point that is never reached is given up. */
  private static final int MAX_ACKNOWLEDGEMENTS = 600;

  /** Where a flush, a schema change or a step of maintenance ends. */
  private static final Set<String> LAST_STEPS =
      Set.of("flush.released", "alter.installed", "maintenance.installed");

  private static final int EXIT_FAILED = 3;

  private static final RoundPlan PLAN = plan();
  private static final PrintStream OUT = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private static final Map<Long, String> STEPS = new ConcurrentHashMap<>();
  private static final AtomicInteger VISITS = new AtomicInteger();
  private static final AtomicInteger DISK_OPERATIONS = new AtomicInteger();
  private static final AtomicInteger ACKNOWLEDGEMENTS = new AtomicInteger();

  private CrashChild() {}

  private static RoundPlan plan() {
    RoundPlan plan = RoundPlan.of(Long.getLong(ROUND_PROPERTY, 0));
    String step = System.getProperty(STEP_PROPERTY, "");
    return step.isEmpty()
        ? plan
        : plan.withKillPoint(KillPoint.atStep(step, Integer.getInteger(VISIT_PROPERTY, 1)));
  }

  public static void main(String[] arguments) {
    Path folder = Path.of(System.getProperty(FOLDER_PROPERTY, "."));
    // Never closed: this process ends by dying.
    ProximaEngine engine =
        ProximaEngine.open(
            PLAN.options(folder, Long.getLong(GENERATION_PROPERTY, 0))
                .withFailPoints(CrashChild::step));
    for (String name : Workload.SHARED) {
      if (!Inventory.exists(engine, name)) {
        engine.createCollection(CollectionName.parse(name), CrashRecords.schema());
      }
    }
    Inventory found = Inventory.read(engine);
    say(String.join("\n", found.toLines()) + "\nE");
    for (int writer = 0; writer < PLAN.writers(); writer++) {
      int number = writer;
      WriterState start = found.states().get(writer);
      new Thread(() -> write(engine, number, start), "writer-" + writer).start();
    }
  }

  private static void write(ProximaEngine engine, int writer, WriterState start) {
    Workload workload = new Workload(PLAN.seed(), writer, start);
    Operation operation = workload.next();
    try {
      for (int i = 0; ; i++) {
        operation.kind().run(engine, operation);
        say("A " + writer + " " + i);
        int count = ACKNOWLEDGEMENTS.incrementAndGet();
        if (reached(KillPoint.Kind.ACKNOWLEDGEMENT, count) || count == MAX_ACKNOWLEDGEMENTS) {
          askToBeKilled();
        }
        operation = workload.next();
      }
    } catch (RuntimeException | Error e) {
      LOG.error("Writer {} failed at {}", writer, operation, e);
      say("X writer " + writer + " failed: " + operation + ": " + e);
      Runtime.getRuntime().halt(EXIT_FAILED);
    }
  }

  private static void step(String step) {
    if (step.startsWith("write.")) {
      return;
    }
    if (LAST_STEPS.contains(step)) {
      STEPS.remove(Thread.currentThread().getId());
    } else {
      STEPS.put(Thread.currentThread().getId(), step);
    }
    if (step.equals(PLAN.killPoint().step())
        && reached(KillPoint.Kind.STEP, VISITS.incrementAndGet())) {
      askToBeKilled();
    }
  }

  /** Called by the disk before each operation. */
  static void diskOperation() {
    if (reached(KillPoint.Kind.DISK_OPERATION, DISK_OPERATIONS.incrementAndGet())) {
      askToBeKilled();
    }
  }

  private static boolean reached(KillPoint.Kind kind, int count) {
    return PLAN.killPoint().kind() == kind && PLAN.killPoint().count() == count;
  }

  private static void askToBeKilled() {
    say("K " + new TreeMap<>(STEPS).values());
    while (true) {
      LockSupport.park();
    }
  }

  private static void say(String lines) {
    synchronized (OUT) {
      OUT.print(lines + "\n");
      if (OUT.checkError()) {
        // Nobody listens any more.
        Runtime.getRuntime().halt(EXIT_FAILED);
      }
    }
  }
}
