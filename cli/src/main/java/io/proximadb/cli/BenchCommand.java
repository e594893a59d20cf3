package io.proximadb.cli;

import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Machine;
import io.proximadb.bench.MissingDataException;
import io.proximadb.bench.Report;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.IndexDefinition;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
      "  ./proximadb bench scan --check                 exit code 1 if a bar is missed",
      "  ./proximadb bench filter --index ivf --index hnsw,bits=4    two of our indexes",
      "  ./proximadb bench storage --only upserts       one part of a long one",
      "  ./proximadb bench wal --folder /mnt/log        the log, on the disk of that folder"
    })
final class BenchCommand implements Callable<Integer> {
  /** The Debian package dataset-fashion-mnist puts its files here. */
  private static final Path DEBIAN_DATA = Path.of("/usr/share/datasets/fashion-mnist");

  private static final int EXIT_MISSED = 1;
  private static final String SCRATCH = "proximadb-bench-";

  /** An hour, so that a slip of the finger ends some day. */
  private static final int MAX_SECONDS = 3_600;

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

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "Work here, on the disk to measure. Default: the folder for temporary files.")
  private @Nullable Path folder;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "How long a timed pass lasts, for benchmarks that measure for a time (wal).")
  private @Nullable Double seconds;

  @Option(
      names = "--index",
      paramLabel = "TYPE[,SETTING=VALUE...]",
      description =
          "The index to measure (ann, filter, churn): hnsw, ivf or flat. May be given more than"
              + " once. Default: hnsw.")
  private List<String> indexes = List.of("hnsw");

  @Option(
      names = "--only",
      paramLabel = "PART",
      description =
          "Measure this part alone (storage: size, gets, upserts, readers, drift or cold; axis: a"
              + " workload; axis-recall: a set). May be given more than once.")
  private List<String> only = List.of();

  @Option(
      names = "--rows",
      paramLabel = "N",
      description =
          "At most so many rows of each set (axis, axis-recall, axis-move): figures are those of"
              + " so many. Default: each benchmark's own choice.")
  private @Nullable Integer rows;

  @Option(
      names = "--short",
      description =
          "Only show that all figures come out, in seconds (wal, ann, sparse, hybrid). They mean"
              + " nothing.")
  private boolean shortForm;

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
    Measured measured = measure(find(all, name));
    List<Figure> figures = measured.figures();
    out.println();
    out.println(Report.header(measured.machine(), figures));
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

  private record Measured(String machine, List<Figure> figures) {}

  private Measured measure(Benchmark benchmark) throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    Path scratch = scratch();
    try {
      List<Figure> figures =
          benchmark.run(
              new BenchmarkContext(
                  dataFolders(),
                  scratch,
                  shortForm ? BenchmarkContext.Form.SHORT : BenchmarkContext.Form.FULL,
                  passTime(),
                  what -> {
                    err.println("· " + what);
                    err.flush();
                  },
                  definitions(),
                  parts(benchmark),
                  maxRows()));
      return new Measured(Machine.describe(scratch), figures);
    } catch (MissingDataException e) {
      throw new CliException(String.valueOf(e.getMessage()), e);
    } finally {
      Folders.delete(scratch);
    }
  }

  private Path scratch() throws IOException {
    if (folder == null) {
      return Files.createTempDirectory(SCRATCH);
    }
    if (!Files.isDirectory(folder)) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid --folder: '" + folder + "' (expected a folder on the disk to measure)");
    }
    return Files.createTempDirectory(folder, SCRATCH);
  }

  private @Nullable Duration passTime() {
    if (seconds == null) {
      return null;
    }
    if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid --seconds: " + seconds + " (expected above 0, at most " + MAX_SECONDS + ")");
    }
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  private int maxRows() {
    if (rows == null) {
      return 0;
    }
    if (rows < 1) {
      throw new ParameterException(
          spec.commandLine(), "Invalid --rows: " + rows + " (expected at least 1)");
    }
    return rows;
  }

  private List<IndexDefinition> definitions() {
    try {
      return indexes.stream().map(DenseIndexes::parse).toList();
    } catch (InvalidArgumentException e) {
      throw new ParameterException(spec.commandLine(), "Invalid --index: " + e.getMessage(), e);
    }
  }

  private List<String> parts(Benchmark benchmark) {
    if (!only.isEmpty() && benchmark.parts().isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "Invalid --only: '" + only.get(0) + "' (" + benchmark.name() + " has no parts)");
    }
    return only;
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
