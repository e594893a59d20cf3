package io.proximadb.cli;

import io.proximadb.gateway.ServerMain;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The entry point: reads the command line and runs the command it names. */
@Command(
    name = "proximadb",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {
      HelpCommand.class,
      QuickstartCommand.class,
      BenchCommand.class,
      CrashTestCommand.class,
      ModelTestCommand.class,
      WalCommand.class,
      MaintainCommand.class,
      EraseCommand.class,
      AxisCommand.class
    },
    description = "A vector storage engine that plugs into data platforms.",
    synopsisSubcommandLabel = "COMMAND",
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb quickstart              the main job on real text, with nothing to install",
      "  ./proximadb bench scan              how fast vectors are read and searched, against peers",
      "  ./proximadb crash-test              that a killed process loses nothing",
      "  ./proximadb server --warehouse data  serve a warehouse over Arrow Flight",
      "  ./proximadb wal inspect data/engine  what is in an engine's log, and is it sound?",
      "  ./proximadb maintain --warehouse data --all  keep collections in order without a server",
      "  ./proximadb erase --warehouse data --collection docs --ids-file ids.txt  erase for good",
      "  ./proximadb axis explain --warehouse data library.docs  which index would be best, and"
          + " why",
      "  ./proximadb help quickstart         the options of a command"
    })
public final class Main implements Runnable {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** All commands, with errors shown the way users can read them. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .addSubcommand("server", new ServerMain())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(new FriendlyErrors());
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** The version of the build. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      Properties properties = new Properties();
      try (InputStream file = Main.class.getResourceAsStream("version.properties")) {
        properties.load(file);
      }
      return new String[] {
        "ProximaDB " + properties.getProperty("version"),
        "Java " + Runtime.version() + ", " + System.getProperty("os.arch")
      };
    }
  }
}
