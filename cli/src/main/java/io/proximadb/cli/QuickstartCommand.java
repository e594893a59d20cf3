package io.proximadb.cli;

import io.proximadb.cli.quickstart.Quickstart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the main job end to end. */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "The main job end to end on real text, with nothing to install: embeds glosses of WordNet,"
          + " writes them from a Spark job, streams changes through a Flink job, and answers"
          + " questions over Arrow Flight and in SQL.",
      "On a terminal it then takes your questions; an empty line or Ctrl-D ends it."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb quickstart",
      "  ./proximadb quickstart --dir /tmp/demo   work there and not in ./demo"
    })
final class QuickstartCommand implements Callable<Integer> {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where to work; emptied by the next run. Default: demo")
  private Path dir = Path.of("demo");

  @Override
  public Integer call() throws IOException {
    Quickstart.run(Installation.find(), dir);
    return 0;
  }
}
