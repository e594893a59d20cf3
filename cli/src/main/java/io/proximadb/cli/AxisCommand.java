package io.proximadb.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What AXIS decided about a collection, or would, or is to. */
@Command(
    name = "axis",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      HelpCommand.class,
      AxisDescribeCommand.class,
      AxisExplainCommand.class,
      AxisOverrideCommand.class
    },
    description = "See which indexes a collection has and why, try what would be best, or say so.",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb axis describe --warehouse data library.docs       strategy, goals, history",
      "  ./proximadb axis explain --warehouse data library.docs        a dry run: all candidates",
      "  ./proximadb axis override --warehouse data library.docs ivf   have this one",
      "  ./proximadb axis override --warehouse data library.docs --automatic   let AXIS decide"
    })
final class AxisCommand implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }
}
