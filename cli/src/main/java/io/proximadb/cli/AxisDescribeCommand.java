package io.proximadb.cli;

import io.proximadb.api.AxisDecision;
import io.proximadb.api.AxisField;
import io.proximadb.api.AxisFigures;
import io.proximadb.api.AxisMigration;
import io.proximadb.axis.DecisionFile;
import io.proximadb.axis.Decisions;
import io.proximadb.axis.Overrides;
import io.proximadb.catalog.Warehouse;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.Goals;
import io.proximadb.model.VectorField;
import io.proximadb.storage.TableContext;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what was decided about a collection. */
@Command(
    name = "describe",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Show how searches of a collection are answered: strategies, goals, migrations under way and"
          + " what was decided, with predicted and measured figures. Reads the table only.",
      "What an engine measures of its searches now, Collection.axis() of that engine tells."
    })
final class AxisDescribeCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final WarehouseOptions warehouse = new WarehouseOptions();

  @Parameters(paramLabel = "COLLECTION", description = "The collection, as namespace.name or name.")
  private String collection = "";

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (Warehouse opened = Warehouse.open(warehouse.properties())) {
      TableContext table = opened.load(CollectionName.parse(collection)).context();
      Map<String, String> properties = table.properties();
      Goals goals = Goals.of(properties, (property, problem) -> out.println("problem: " + problem));
      out.println("goals: " + (goals.isNone() ? "none" : goals.properties()));
      Decisions decisions = DecisionFile.read(table);
      for (VectorField field : table.schema().allVectorFields()) {
        String set = properties.get(Overrides.property(field.name()));
        decisions
            .field(field.name())
            .ifPresentOrElse(
                decided -> print(decided, out),
                () -> out.println("field " + field.name() + ": nothing was decided"));
        if (set != null) {
          out.println("  set by hand: " + set);
        }
        IndexDefinitions.of(table).stream()
            .filter(index -> index.field().equals(field.name()))
            .forEach(index -> out.println("  index " + index.name() + ": " + index.type()));
      }
      if (!decisions.history().isEmpty()) {
        out.println("history:");
        decisions.history().forEach(made -> print(made, out));
      }
    }
    out.flush();
    return 0;
  }

  private static void print(AxisField field, PrintWriter out) {
    out.println(
        "field "
            + field.field()
            + ": "
            + field.strategy()
            + (field.sinceMillis() == 0 ? "" : " since " + time(field.sinceMillis())));
    figures("predicted", field.predicted(), out);
    figures("measured", field.measured(), out);
    AxisMigration migration = field.migration();
    if (migration != null) {
      out.println(
          "  moving to "
              + migration.to()
              + " since "
              + time(migration.startedMillis())
              + ": "
              + migration.phase()
              + ", "
              + migration.percent()
              + " % of the searches ("
              + migration.reason()
              + ")");
    }
  }

  private static void print(AxisDecision made, PrintWriter out) {
    out.println(
        "  "
            + time(made.atMillis())
            + " "
            + made.field()
            + ": "
            + made.from()
            + " to "
            + made.to()
            + " "
            + made.outcome()
            + " ("
            + made.reason()
            + ")");
    figures("predicted", made.predicted(), out);
    figures("measured", made.measured(), out);
  }

  private static void figures(String what, AxisFigures figures, PrintWriter out) {
    if (!figures.equals(AxisFigures.UNKNOWN)) {
      out.println("    " + what + ": " + words(figures));
    }
  }

  /** Those that are known. */
  static String words(AxisFigures figures) {
    StringBuilder words = new StringBuilder();
    add(words, "recall %.3f", figures.recall());
    add(words, "%.0f us", figures.micros());
    add(words, "p99 %.0f us", figures.p99Micros());
    add(words, "%.1f MiB", figures.memoryBytes() / 1048576.0);
    add(words, "built in %.1f s", figures.buildSeconds());
    return words.isEmpty() ? "unknown" : words.toString();
  }

  private static void add(StringBuilder words, String format, double value) {
    if (value >= 0) {
      words.append(words.isEmpty() ? "" : ", ").append(String.format(Locale.ROOT, format, value));
    }
  }

  private static Instant time(long millis) {
    return Instant.ofEpochMilli(millis);
  }
}
