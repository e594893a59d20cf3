package io.proximadb.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the crash test in a JVM of its own: the test kit is no part of the command line. */
@Command(
    name = "crash-test",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Kills processes that write, at random moments, and compares what the next one finds with"
          + " what was acknowledged: nothing lost, nothing doubled, nothing resurrected.",
      "Each round runs twice: on a disk as it is, and on one that loses what is not synced, as in a"
          + " power failure. Exit code 1 if something is wrong; the data is then kept."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb crash-test                          30 rounds, about two minutes",
      "  ./proximadb crash-test --rounds 300 --seed 1    the long form, the same each time",
    })
final class CrashTestCommand implements Callable<Integer> {
  private static final String MAIN = "io.proximadb.crashtest.CrashTestMain";

  /** It looks at small data itself; the processes that it kills have heaps of their own. */
  private static final List<String> HEAP = List.of("-Xmx512m", "-XX:TieredStopAtLevel=1");

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description = "How many processes are killed in each variant. Default: ${DEFAULT-VALUE}")
  private int rounds = 30;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Operations, settings and moments follow from it. Default: a new one")
  private @Nullable Long seed;

  @Option(
      names = "--from",
      paramLabel = "R",
      description = "The first round; those before it are skipped. Default: ${DEFAULT-VALUE}")
  private int from = 1;

  @Option(
      names = "--variant",
      paramLabel = "V",
      description = "plain or lossy alone. Default: both")
  private @Nullable String variant;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the data is. Default: a folder for temporary files")
  private @Nullable Path dir;

  @Option(
      names = "--processes",
      paramLabel = "P",
      description = "How many run at once. Default: one for each processor, at most 4")
  private @Nullable Integer processes;

  @Override
  public Integer call() throws IOException, InterruptedException {
    return TestProcess.run(MAIN, HEAP, arguments());
  }

  private List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--rounds", Integer.toString(rounds)));
    arguments.addAll(List.of("--from", Integer.toString(from)));
    add(arguments, "--seed", seed);
    add(arguments, "--variant", variant);
    add(arguments, "--dir", dir);
    add(arguments, "--processes", processes);
    return arguments;
  }

  private static void add(List<String> arguments, String name, @Nullable Object value) {
    if (value != null) {
      arguments.addAll(List.of(name, value.toString()));
    }
  }
}
