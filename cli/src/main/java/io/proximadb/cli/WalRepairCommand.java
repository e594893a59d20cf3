package io.proximadb.cli;

import io.proximadb.io.LocalDisk;
import io.proximadb.wal.SequenceRange;
import io.proximadb.wal.WalRepair;
import io.proximadb.wal.WalRepairPlan;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a damaged log one that an engine opens. */
@Command(
    name = "repair",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Make a write-ahead log that its engine refuses one that it opens: keeps all sound records,"
          + " gives up those that are damaged or missing, keeps a copy of each damaged file.",
      "Without --yes it only says what it would do."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb wal repair data/engine        what would be given up",
      "  ./proximadb wal repair data/engine --yes  repair; the engine must not be running"
    })
final class WalRepairCommand implements Callable<Integer> {
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

  @Option(names = "--yes", description = "Do it.")
  private boolean yes;

  @Override
  public Integer call() {
    if (location == null && directories.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Missing HOME (expected an engine's home, or --directory)");
    }
    PrintWriter out = spec.commandLine().getOut();
    LocalDisk disk = new LocalDisk();
    WalRepairPlan plan =
        yes
            ? WalRepair.repair(disk, location, directories)
            : WalRepair.plan(disk, location, directories);
    if (!plan.isNeeded()) {
      out.println("Nothing to repair: a recovery accepts the log.");
      out.flush();
      return 0;
    }
    out.println("A recovery " + (yes ? "refused" : "refuses") + " the log: " + plan.refusal());
    out.println();
    out.println(yes ? "Done:" : "A repair would:");
    plan.steps().forEach(step -> out.println("  " + step));
    out.println();
    out.println(yes ? "Given up:" : "This would give up:");
    for (SequenceRange range : plan.givenUp()) {
      out.println(
          range.count() == 1
              ? "  record " + range
              : "  records " + range + " (" + range.count() + ")");
    }
    plan.notes().forEach(note -> out.println("  " + note));
    if (plan.givenUp().isEmpty() && plan.notes().isEmpty()) {
      out.println("  no record");
    }
    out.println();
    out.println(
        yes
            ? "A recovery accepts the log now."
            : "Nothing was changed. Save what you want to save ('./proximadb wal inspect"
                + " --records'), then repeat with --yes.");
    out.flush();
    return 0;
  }
}
