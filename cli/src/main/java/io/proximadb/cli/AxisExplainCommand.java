package io.proximadb.cli;

import io.proximadb.ProximaEngine;
import io.proximadb.api.AxisCandidate;
import io.proximadb.api.AxisPlan;
import io.proximadb.api.EngineOptions;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.CollectionName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what would be decided about a field. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "A dry run: try every candidate on a sample of the rows, on this machine, and say which one"
          + " would be chosen and why. Changes nothing, and may run beside the engine that owns the"
          + " collection. Knows nothing of its searches: of these the engine's own"
          + " Collection.axisControl().explain knows."
    })
final class AxisExplainCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final WarehouseOptions warehouse = new WarehouseOptions();

  @Parameters(paramLabel = "COLLECTION", description = "The collection, as namespace.name or name.")
  private String collection = "";

  @Option(
      names = "--field",
      paramLabel = "NAME",
      description = "Default: the default vector field.")
  private @Nullable String field;

  @Override
  public Integer call() throws IOException {
    // A home of its own: that of the engine that owns the collection is in use.
    Path home = Files.createTempDirectory("proximadb-axis-");
    try {
      Map<String, String> properties = warehouse.properties();
      properties.put(MaintenanceOptions.THREADS, "0");
      EngineOptions options = EngineOptions.of(properties).withHome(home);
      PrintWriter out = spec.commandLine().getOut();
      try (ProximaEngine engine = ProximaEngine.open(options)) {
        print(
            engine.collection(CollectionName.parse(collection)).axisControl().explain(field), out);
      }
      out.flush();
      return 0;
    } finally {
      Folders.delete(home);
    }
  }

  private static void print(AxisPlan plan, PrintWriter out) {
    out.println("field " + plan.field() + ": " + plan.rows() + " rows, now " + plan.current());
    out.println("template: " + plan.template());
    out.println("searches: " + plan.searches());
    for (AxisCandidate candidate : plan.candidates()) {
      out.println(
          String.format(
              Locale.ROOT,
              "  %-12s %s; %s",
              candidate.strategy(),
              AxisDescribeCommand.words(candidate.predicted()),
              candidate.remark()));
    }
    out.println(
        (plan.change() ? "would change to " + plan.chosen() : "would change nothing")
            + ": "
            + plan.reason());
  }
}
