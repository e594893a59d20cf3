package io.proximadb.cli;

import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.MissingDataException;
import io.proximadb.bench.Report;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a benchmark by name. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Measure, in one run, against what others reach. Without a name: list them.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb bench                              the benchmarks there are",
      "  ./proximadb bench scan                         a table",
      "  ./proximadb bench scan --json scan.json        figures for programs, too",
      "  ./proximadb bench scan --check                 exit code 1 if a bar is missed"
    })
final class BenchCommand implements Callable<Integer> {
  /** The Debian package dataset-fashion-mnist puts its files here. */
  private static final Path DEBIAN_DATA = Path.of("/usr/share/datasets/fashion-mnist");

  private static final int EXIT_MISSED = 1;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The benchmark.")
  private @Nullable String name;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Where the data is. Default: ../shared/data, then that of Debian packages.")
  private @Nullable Path data;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here too.")
  private @Nullable Path json;

  @Option(names = "--check", description = "End with exit code 1 if a figure misses its bar.")
  private boolean check;

  @Override
  public Integer call() throws IOException {
    List<Benchmark> all = Benchmark.all();
    PrintWriter out = spec.commandLine().getOut();
    if (name == null) {
      all.forEach(one -> out.printf(Locale.ROOT, "%-12s %s%n", one.name(), one.description()));
      return 0;
    }
    List<Figure> figures = measure(find(all, name));
    out.println();
    out.println(Report.table(figures));
    out.flush();
    if (json != null) {
      Report.writeJson(figures, json);
    }
    return check && !Report.reachesAllBars(figures) ? EXIT_MISSED : 0;
  }

  private Benchmark find(List<Benchmark> all, String wanted) {
    return all.stream()
        .filter(benchmark -> benchmark.name().equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "Invalid benchmark: '"
                        + wanted
                        + "' (expected one of "
                        + all.stream().map(Benchmark::name).collect(Collectors.joining(", "))
                        + ")"));
  }

  private List<Figure> measure(Benchmark benchmark) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    Path scratch = Files.createTempDirectory("proximadb-bench-");
    try {
      return benchmark.run(
          new BenchmarkContext(
              dataFolders(),
              scratch,
              what -> {
                err.println("· " + what);
                err.flush();
              }));
    } catch (MissingDataException e) {
      throw new CliException(String.valueOf(e.getMessage()), e);
    } finally {
      Folders.delete(scratch);
    }
  }

  private List<Path> dataFolders() {
    if (data != null) {
      return List.of(data);
    }
    List<Path> folders = new ArrayList<>();
    folders.add(Installation.find().root().resolveSibling("shared").resolve("data"));
    folders.add(DEBIAN_DATA);
    return folders;
  }
}
