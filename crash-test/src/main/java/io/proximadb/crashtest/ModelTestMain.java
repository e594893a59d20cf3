package io.proximadb.crashtest;

import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.CollectionModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The process that {@code ./proximadb model-test} starts: random operations on collections, each
 * compared with a map. One seed is one collection of {@value #OPERATIONS_OF_A_SEED} operations; as
 * many collections as there are processors are at work side by side, each in a thread of its own.
 */
public final class ModelTestMain {
  /** A collection's operations: enough for all kinds to meet, few enough to be run again. */
  static final int OPERATIONS_OF_A_SEED = 2_000;

  private static final Path MEMORY = Path.of("/dev/shm");
  private static final int EXIT_FAILED = 1;
  private static final int EXIT_WRONG_ARGUMENTS = 2;
  private static final int BAR_WIDTH = 72;

  /** Without a terminal: a line after that many collections. */
  private static final int SEEDS_OF_A_LINE = 10;

  private final String layout;
  private final Path folder;
  private final PrintStream out;
  private final Map<String, Long> counts = new TreeMap<>();

  private ModelTestMain(String layout, Path folder, PrintStream out) {
    this.layout = layout;
    this.folder = folder;
    this.out = out;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    String layout = StorageFormat.DEFAULT_LAYOUT;
    long operations = OPERATIONS_OF_A_SEED;
    long seed = System.nanoTime() & 0xffff_ffffL;
    // Planning by threads makes Iceberg sleep until they are done; failures are meant to happen.
    System.setProperty("iceberg.scan.plan-in-worker-pool", "false");
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
    Path folder =
        temporaryFolder().resolve("proximadb-model-test-" + ProcessHandle.current().pid());
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--layout" -> layout = value;
        case "--ops" -> operations = Long.parseLong(value);
        case "--seed" -> seed = Long.parseLong(value);
        case "--dir" -> folder = Path.of(value);
        default -> {
          System.err.println("error: Invalid argument: " + arguments[i]);
          System.exit(EXIT_WRONG_ARGUMENTS);
        }
      }
    }
    List<String> layouts = new ArrayList<>();
    StorageFormat.all().forEach(format -> layouts.add(format.name()));
    if (!layouts.contains(layout) || operations < 1) {
      System.err.println(
          "error: Invalid --layout or --ops: "
              + layout
              + ", "
              + operations
              + " (expected one of "
              + layouts
              + ", and at least 1)");
      System.exit(EXIT_WRONG_ARGUMENTS);
    }
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.exit(new ModelTestMain(layout, folder, out).run(operations, seed));
  }

  /** A file system in memory, where there is one: nothing here has to outlive the machine. */
  private static Path temporaryFolder() {
    return Files.isWritable(MEMORY) ? MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private int run(long operations, long firstSeed) throws IOException, InterruptedException {
    out.printf(
        Locale.ROOT,
        "Model test: %,d operations on layout %s from seed %d on, data in %s%n",
        operations,
        layout,
        firstSeed,
        folder);
    long start = System.nanoTime();
    long seeds = (operations + OPERATIONS_OF_A_SEED - 1) / OPERATIONS_OF_A_SEED;
    int threads = (int) Math.min(seeds, Runtime.getRuntime().availableProcessors());
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (ProgressBar bar = Boolean.getBoolean("proximadb.interactive") ? bar(operations) : null) {
      Seeds all = new Seeds(operations, firstSeed, bar);
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(executor.submit(all));
      }
      for (Future<?> each : running) {
        each.get();
      }
      if (all.failed) {
        return EXIT_FAILED;
      }
    } catch (ExecutionException e) {
      throw new IOException("The model test broke off", e);
    } finally {
      executor.shutdownNow();
    }
    counts.forEach((kind, count) -> out.printf(Locale.ROOT, "  %-30s %,12d%n", kind, count));
    out.printf(
        Locale.ROOT, "  %-30s %,12d%n", "seconds", (System.nanoTime() - start) / 1_000_000_000);
    out.println("Passed: every read was right");
    return 0;
  }

  private ProgressBar bar(long operations) {
    return new ProgressBarBuilder()
        .setTaskName("operations")
        .setInitialMax(operations)
        .setMaxRenderedLength(BAR_WIDTH)
        .setConsumer(new ConsoleProgressBarConsumer(out))
        .build();
  }

  /** Collections one after the other, several threads side by side, until one is wrong. */
  private final class Seeds implements Callable<@Nullable Void> {
    private final AtomicLong next = new AtomicLong();
    private final AtomicLong done = new AtomicLong();
    private final long operations;
    private final long firstSeed;
    private final @Nullable ProgressBar bar;
    private volatile boolean failed;

    Seeds(long operations, long firstSeed, @Nullable ProgressBar bar) {
      this.operations = operations;
      this.firstSeed = firstSeed;
      this.bar = bar;
    }

    @Override
    public @Nullable Void call() throws IOException {
      while (!failed) {
        long number = next.getAndIncrement();
        int steps =
            (int) Math.min(OPERATIONS_OF_A_SEED, operations - number * OPERATIONS_OF_A_SEED);
        if (steps <= 0) {
          return null;
        }
        if (!runSeed(firstSeed + number, steps, bar)) {
          failed = true;
          return null;
        }
        long ended = done.incrementAndGet();
        if (bar == null && ended % SEEDS_OF_A_LINE == 0) {
          out.printf(
              Locale.ROOT,
              "  %,d of %,d%n",
              Math.min(operations, ended * OPERATIONS_OF_A_SEED),
              operations);
        }
      }
      return null;
    }
  }

  /** False if an answer was wrong. */
  private boolean runSeed(long seed, int steps, @Nullable ProgressBar bar) throws IOException {
    Path place = Files.createDirectories(folder.resolve("seed" + seed));
    int step = 0;
    try (CollectionModel model = new CollectionModel(place, layout, new Random(seed))) {
      for (; step < steps; step++) {
        model.step(step);
        if (bar != null) {
          bar.step();
        }
      }
      synchronized (counts) {
        model.counts().forEach((kind, count) -> counts.merge(kind, count, Long::sum));
      }
    } catch (AssertionError e) {
      out.printf(
          Locale.ROOT,
          "FAILED: %s%n  %s%n  replay: ./proximadb model-test --layout %s --seed %d --ops %d%n"
              + "  data: %s%n",
          e.getMessage(),
          e.getCause() == null ? "" : "cause: " + e.getCause(),
          layout,
          seed,
          step + 1,
          place);
      return false;
    }
    Folders.delete(place);
    return true;
  }
}
