package io.proximadb.cli;

import io.proximadb.axis.Overrides;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sets the strategy of a field by hand, or lets go of it. */
@Command(
    name = "override",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Have searches of a field answered by a strategy, whatever AXIS thinks of it, or let AXIS"
          + " decide again. Sets a table property, on which the engine acts that owns the"
          + " collection: by a migration, which is rolled back if its answers turn out to be wrong."
    })
final class AxisOverrideCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final WarehouseOptions warehouse = new WarehouseOptions();

  @Parameters(
      index = "0",
      paramLabel = "COLLECTION",
      description = "The collection, as namespace.name or name.")
  private String collection = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "STRATEGY",
      description = "exact, flat, hnsw, hnsw-lean, hnsw-bits, ivf, ivf-narrow or sparse.")
  private @Nullable String strategy;

  @Option(
      names = "--field",
      paramLabel = "NAME",
      description = "Default: the default vector field.")
  private @Nullable String field;

  @Option(names = "--automatic", description = "Let AXIS decide again.")
  private boolean automatic;

  @Override
  public Integer call() {
    if (automatic == (strategy != null)) {
      throw new ParameterException(
          spec.commandLine(), "Expected a strategy, or --automatic, and not both");
    }
    PrintWriter out = spec.commandLine().getOut();
    try (Warehouse opened = Warehouse.open(warehouse.properties())) {
      CollectionTable table = opened.load(CollectionName.parse(collection));
      CollectionSchema schema = table.schema();
      String name = Overrides.field(schema, field).name();
      if (strategy != null) {
        Overrides.check(schema, name, strategy);
      }
      PropertyCommit.on(table).set(Overrides.property(name), strategy).commit();
      out.println(
          "field "
              + name
              + ": "
              + (strategy == null ? "AXIS decides" : "to be answered by " + strategy));
    }
    out.flush();
    return 0;
  }
}
