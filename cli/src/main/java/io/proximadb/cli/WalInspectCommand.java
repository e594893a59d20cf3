package io.proximadb.cli;

import io.proximadb.io.LocalDisk;
import io.proximadb.wal.WalInspection;
import io.proximadb.wal.WalInspector;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what is in a log. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Show what is in a write-ahead log: segments, records, damage, and what a recovery would do.",
      "Changes nothing and takes no lock. Exit code 0 if the log is sound, 1 if it is damaged."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb wal inspect data/engine",
      "  ./proximadb wal inspect data/engine --records --from 100 --to 200",
      "  ./proximadb wal inspect --directory /mnt/a/log --directory /mnt/b/log"
    })
final class WalInspectCommand implements Callable<Integer> {
  private static final int EXIT_DAMAGED = 1;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "HOME",
      description = "The engine's home, or a folder of its log.")
  private @Nullable Path location;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = "A directory of a log in several, if the list of them is lost. Repeat it.")
  private List<Path> directories = List.of();

  @Option(names = "--json", description = "Print JSON, for programs.")
  private boolean json;

  @Option(names = "--records", description = "Print the sound records, one a line, as JSON.")
  private boolean records;

  @Option(names = "--from", paramLabel = "N", description = "With --records: lowest number.")
  private long from = 1;

  @Option(names = "--to", paramLabel = "N", description = "With --records: highest number.")
  private long to = Long.MAX_VALUE;

  @Option(names = "--table", paramLabel = "UUID", description = "With --records: of this table.")
  private @Nullable UUID table;

  @Option(names = "--vectors", description = "With --records: the values of vectors, too.")
  private boolean vectors;

  @Override
  public Integer call() {
    if (location == null && directories.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Missing HOME (expected an engine's home, or --directory)");
    }
    if (!records && (from != 1 || to != Long.MAX_VALUE || table != null || vectors)) {
      throw new ParameterException(
          spec.commandLine(), "--from, --to, --table and --vectors are options of --records");
    }
    PrintWriter out = spec.commandLine().getOut();
    LocalDisk disk = new LocalDisk();
    if (records) {
      UUID wanted = table;
      WalInspector.records(
          disk,
          location,
          directories,
          from,
          to,
          record -> {
            if (wanted == null || wanted.equals(record.tableUuid())) {
              out.println(WalJson.record(record, vectors));
            }
          });
      out.flush();
    }
    WalInspection found = WalInspector.inspect(disk, location, directories);
    if (!records) {
      if (json) {
        out.println(WalJson.inspection(found));
      } else {
        WalReport.print(found, out);
      }
    }
    out.flush();
    return found.sound() ? 0 : EXIT_DAMAGED;
  }
}
