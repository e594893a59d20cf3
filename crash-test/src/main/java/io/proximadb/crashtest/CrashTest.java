package io.proximadb.crashtest;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Kills processes that insert, replace, delete, expire and flush from several threads, and compares
 * what the next one finds with what was acknowledged: nothing lost, nothing doubled, nothing
 * resurrected, no unit torn.
 */
public final class CrashTest {
  private final CrashTestOptions options;
  private final Consumer<String> progress;
  private final UnaryOperator<RoundPlan> plans;
  private final Summary summary = new Summary();
  private final AtomicBoolean failed = new AtomicBoolean();

  /**
   * A crash test that has not begun.
   *
   * @param progress is told of each round that is over, by several threads
   */
  public CrashTest(CrashTestOptions options, Consumer<String> progress) {
    this(options, progress, UnaryOperator.identity());
  }

  CrashTest(CrashTestOptions options, Consumer<String> progress, UnaryOperator<RoundPlan> plans) {
    this.options = options;
    this.progress = progress;
    this.plans = plans;
  }

  /** How many rounds there will be, in all variants. */
  public int totalRounds() {
    int first = Generation.firstRound(Generation.of(options.firstRound()));
    return (options.lastRound() - first + 1) * options.variants().size();
  }

  /** What was counted so far. */
  public Summary summary() {
    return summary;
  }

  /**
   * Runs all rounds.
   *
   * @throws CrashTestFailure if something is wrong; the message says how to see it again
   */
  public void run() throws IOException {
    Files.createDirectories(options.folder());
    List<Callable<Void>> generations = new ArrayList<>();
    int last = Generation.of(options.lastRound());
    for (int number = Generation.of(options.firstRound()); number <= last; number++) {
      for (Variant variant : new TreeSet<>(options.variants())) {
        Generation generation = new Generation(options, variant, number, summary, progress, plans);
        generations.add(() -> run(generation));
      }
    }
    ExecutorService lanes = Executors.newFixedThreadPool(options.lanes());
    try {
      await(lanes.invokeAll(generations));
      Folders.deleteIfEmpty(options.folder());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CrashTestFailure("interrupted");
    } finally {
      lanes.shutdownNow();
    }
  }

  private @org.jspecify.annotations.Nullable Void run(Generation generation) throws IOException {
    if (failed.get()) {
      return null;
    }
    try {
      generation.run();
    } catch (IOException | RuntimeException e) {
      failed.set(true);
      throw e;
    }
    return null;
  }

  private static void await(List<Future<Void>> generations)
      throws IOException, InterruptedException {
    List<String> failures = new ArrayList<>();
    for (Future<Void> generation : generations) {
      try {
        generation.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof CrashTestFailure failure) {
          failures.add(String.valueOf(failure.getMessage()));
        } else {
          throw new IOException("Cannot run the crash test: " + e.getCause(), e);
        }
      }
    }
    if (!failures.isEmpty()) {
      throw new CrashTestFailure(String.join("\n\n", failures));
    }
  }
}
