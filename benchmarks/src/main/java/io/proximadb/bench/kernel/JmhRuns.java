package io.proximadb.bench.kernel;

import io.proximadb.bench.Figure;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Has JMH run kernels. Apart from the benchmark, which is listed where JMH is not there. */
final class JmhRuns {
  private static final String[] DIMENSIONS = {"128", "784"};
  private static final String[] SHORT_DIMENSIONS = {"33"};
  private static final int WARMUPS = 3;
  private static final int MEASUREMENTS = 5;
  private static final TimeValue TIME = TimeValue.milliseconds(300);
  private static final TimeValue SHORT_TIME = TimeValue.milliseconds(5);

  private JmhRuns() {}

  /** Each kernel, shortly, in this JVM. */
  static List<Figure> here(String[] kernels) throws IOException {
    return run(
        options(kernels, SHORT_DIMENSIONS)
            .forks(0)
            .warmupIterations(1)
            .warmupTime(SHORT_TIME)
            .measurementIterations(1)
            .measurementTime(SHORT_TIME),
        null);
  }

  /** Each kernel in a JVM of its own, with one option. */
  static List<Figure> forked(String[] kernels, String option, @Nullable String peer)
      throws IOException {
    return run(
        options(kernels, DIMENSIONS)
            .forks(1)
            .jvmArgs(option)
            .warmupIterations(WARMUPS)
            .warmupTime(TIME)
            .measurementIterations(MEASUREMENTS)
            .measurementTime(TIME),
        peer);
  }

  private static ChainedOptionsBuilder options(String[] kernels, String[] dimensions) {
    return new OptionsBuilder()
        .include(KernelRun.class.getName())
        .param("kernel", kernels)
        .param("dimension", dimensions)
        .shouldFailOnError(true)
        .verbosity(VerboseMode.SILENT);
  }

  private static List<Figure> run(ChainedOptionsBuilder options, @Nullable String peer)
      throws IOException {
    try {
      return new Runner(options.build())
          .run().stream().map(result -> figure(result, peer)).toList();
    } catch (RunnerException e) {
      throw new IOException("JMH cannot run the kernels: " + e.getMessage(), e);
    }
  }

  private static Figure figure(RunResult result, @Nullable String peer) {
    Kernel kernel = Kernel.valueOf(result.getParams().getParam("kernel").toUpperCase(Locale.ROOT));
    Figure figure =
        Figure.of(
            kernel.figure(),
            result.getPrimaryResult().getScore(),
            "ns/pair",
            result.getParams().getParam("dimension") + " components or bits");
    return peer == null ? figure : figure.peer(peer);
  }
}
