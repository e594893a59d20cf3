package io.proximadb.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done about a log without its engine. */
@Command(
    name = "wal",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {HelpCommand.class, WalInspectCommand.class, WalRepairCommand.class},
    description = "Look into an engine's write-ahead log, or repair a damaged one.",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb wal inspect data/engine             what is in a log, and is it sound?",
      "  ./proximadb wal inspect data/engine --records   its records, one a line, as JSON",
      "  ./proximadb wal repair data/engine              what a repair would give up",
      "  ./proximadb wal repair data/engine --yes        repair it"
    })
final class WalCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
