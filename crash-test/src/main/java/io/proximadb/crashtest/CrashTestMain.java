package io.proximadb.crashtest;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** The process that {@code ./proximadb crash-test} starts. */
public final class CrashTestMain {
  private static final int EXIT_FAILED = 1;
  private static final int EXIT_WRONG_ARGUMENTS = 2;
  private static final int BAR_WIDTH = 72;

  /** Without a terminal: lines in all. */
  private static final int PLAIN_LINES = 10;

  private CrashTestMain() {}

  public static void main(String[] arguments) throws IOException {
    CrashTestOptions options;
    try {
      options = CrashTestOptions.parse(List.of(arguments));
    } catch (IllegalArgumentException e) {
      System.err.println("error: " + e.getMessage());
      System.exit(EXIT_WRONG_ARGUMENTS);
      return;
    }
    System.exit(run(options));
  }

  private static int run(CrashTestOptions options) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    out.printf(
        Locale.ROOT,
        "Crash test: %d rounds in variants %s, seed %d, data in %s%n",
        options.rounds(),
        new java.util.TreeSet<>(options.variants()),
        options.seed(),
        options.folder());
    long start = System.nanoTime();
    String failure =
        Boolean.getBoolean("proximadb.interactive")
            ? withBar(options, out)
            : withLines(options, out);
    out.printf(
        Locale.ROOT, "  %-48s %,12d%n", "seconds", (System.nanoTime() - start) / 1_000_000_000);
    if (failure.isEmpty()) {
      out.println("Passed: nothing lost, nothing doubled, nothing resurrected");
      return 0;
    }
    out.println("FAILED: " + failure);
    return EXIT_FAILED;
  }

  private static String withBar(CrashTestOptions options, PrintStream out) throws IOException {
    try (ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName("rounds")
            .setInitialMax(new CrashTest(options, round -> {}).totalRounds())
            .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
            .setMaxRenderedLength(BAR_WIDTH)
            .setConsumer(new ConsoleProgressBarConsumer(out))
            .build()) {
      return run(new CrashTest(options, round -> bar.step()), out, bar::close);
    }
  }

  private static String withLines(CrashTestOptions options, PrintStream out) throws IOException {
    AtomicInteger done = new AtomicInteger();
    int total = new CrashTest(options, round -> {}).totalRounds();
    int each = Math.max(1, total / PLAIN_LINES);
    return run(
        new CrashTest(
            options,
            round -> {
              int count = done.incrementAndGet();
              if (count % each == 0) {
                out.printf(Locale.ROOT, "  %d of %d (%s)%n", count, total, round);
              }
            }),
        out,
        () -> {});
  }

  /** The failure, or nothing. */
  private static String run(CrashTest test, PrintStream out, Runnable atEnd) throws IOException {
    String failure = "";
    try {
      test.run();
    } catch (CrashTestFailure e) {
      failure = String.valueOf(e.getMessage());
    }
    atEnd.run();
    out.print(test.summary());
    return failure;
  }
}
