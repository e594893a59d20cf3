package io.proximadb.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the model test in a JVM of its own: the test kit is no part of the command line. */
@Command(
    name = "model-test",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Does random operations on collections and compares every answer with that of a map: writes,"
          + " flushes, compactions, failures of both, commits of other writers, restarts, crashes"
          + " and takeovers.",
      "Exit code 1 if an answer is wrong; the seed is then printed and the data kept."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb model-test                                      2,000 operations on viper",
      "  ./proximadb model-test --layout lsm --ops 1000000 --seed 1  the long form",
    })
final class ModelTestCommand implements Callable<Integer> {
  private static final String MAIN = "io.proximadb.crashtest.ModelTestMain";
  private static final List<String> HEAP = List.of("-Xmx1g");

  @Option(
      names = "--layout",
      paramLabel = "L",
      description = "viper or lsm. Default: ${DEFAULT-VALUE}")
  private String layout = "viper";

  @Option(
      names = "--ops",
      paramLabel = "N",
      description =
          "How many operations; 2000 on each collection, and as many collections side by side as"
              + " there are processors. Default: 2000")
  private long operations = 2_000;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "The first collection's seed; each has the next. Default: a new one")
  private @Nullable Long seed;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where the data is. Default: a folder for temporary files")
  private @Nullable Path dir;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("--layout", layout));
    arguments.addAll(List.of("--ops", Long.toString(operations)));
    if (seed != null) {
      arguments.addAll(List.of("--seed", seed.toString()));
    }
    if (dir != null) {
      arguments.addAll(List.of("--dir", dir.toString()));
    }
    return TestProcess.run(MAIN, HEAP, arguments);
  }
}
