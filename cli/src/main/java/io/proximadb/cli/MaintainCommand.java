package io.proximadb.cli;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.maintenance.MaintenanceWorks;
import io.proximadb.maintenance.TableStatistics;
import io.proximadb.model.CollectionName;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Maintains collections without an engine. */
@Command(
    name = "maintain",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Keep collections in order without a server: deletes expired rows, merges manifests, removes"
          + " old snapshots and stray files. Safe beside engines, Spark and Flink.",
      "Settings are table properties, see docs/maintenance.md. Exit code 1 if some work failed; it"
          + " is tried again with the next round or run."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb maintain --warehouse data library.docs    one collection, once",
      "  ./proximadb maintain --warehouse data --all --watch   all of them, until Ctrl-C",
      "  ./proximadb maintain --warehouse data --all --dry-run what would be done"
    })
final class MaintainCommand implements Callable<Integer> {
  private static final int FAILURE = 1;

  /** How long the end of a step is waited for after Ctrl-C; what it leaves is cleaned up later. */
  private static final Duration GRACE = Duration.ofMinutes(1);

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final WarehouseOptions warehouse = new WarehouseOptions();

  @Parameters(
      arity = "0..*",
      paramLabel = "COLLECTION",
      description = "Collections, as namespace.name or name.")
  private List<String> collections = new ArrayList<>();

  @Option(names = "--all", description = "All collections of the warehouse.")
  private boolean all;

  @Option(names = "--watch", description = "Go on, round after round, until stopped by Ctrl-C.")
  private boolean watch;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      converter = TimeOption.class,
      description = "Time between two rounds of --watch, as 500ms, 30s, 5m or 1h. Default: 30s")
  private Duration interval = Duration.ofSeconds(30);

  @Option(names = "--dry-run", description = "Only say what would be done.")
  private boolean dryRun;

  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final MaintainReport report = new MaintainReport();
  private final Clock clock = Clock.system();

  /** Works remember when they looked at a table last, so they are kept from round to round. */
  private final Map<CollectionName, Upkeep> upkeeps = new HashMap<>();

  private record Upkeep(CollectionTable table, List<MaintenanceWork> works) {}

  @Override
  public Integer call() throws InterruptedException {
    if (all != collections.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "Expected names of collections, or --all, and not both");
    }
    Map<String, String> properties = warehouse.properties();
    PrintWriter out = spec.commandLine().getOut();
    Thread stopper = new Thread(this::stopAndWait, "stop-maintenance");
    Runtime.getRuntime().addShutdownHook(stopper);
    try (Warehouse opened = Warehouse.open(properties)) {
      do {
        round(opened, out);
      } while (watch && !stop.await(interval.toMillis(), TimeUnit.MILLISECONDS));
      statistics(out);
    } finally {
      out.flush();
      ended.countDown();
      if (stop.getCount() > 0) {
        Runtime.getRuntime().removeShutdownHook(stopper);
      }
    }
    return report.failures() == 0 ? 0 : FAILURE;
  }

  private void stopAndWait() {
    stop.countDown();
    try {
      if (!ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        spec.commandLine().getErr().println("stopped in the middle of a step");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopping() {
    return stop.getCount() == 0;
  }

  private void round(Warehouse opened, PrintWriter out) {
    List<CollectionName> names = names(opened);
    upkeeps.keySet().retainAll(names);
    for (CollectionName name : names) {
      Upkeep upkeep = upkeep(opened, name);
      if (upkeep != null) {
        for (MaintenanceWork work : upkeep.works()) {
          run(upkeep.table(), work, out);
        }
      }
    }
    out.flush();
  }

  private List<CollectionName> names(Warehouse opened) {
    if (!all) {
      return collections.stream().map(CollectionName::parse).toList();
    }
    List<CollectionName> names = new ArrayList<>();
    for (String namespace : opened.namespaces()) {
      names.addAll(opened.list(namespace));
    }
    return names;
  }

  private @org.jspecify.annotations.Nullable Upkeep upkeep(Warehouse opened, CollectionName name) {
    Upkeep known = upkeeps.get(name);
    if (known != null) {
      return known;
    }
    try {
      List<MaintenanceWork> works = new ArrayList<>(MaintenanceWorks.standard());
      works.sort(Comparator.comparing(MaintenanceWork::kind));
      CollectionTable table = opened.load(name);
      // Of an attached table only the indexes are ours.
      works.removeIf(work -> !work.isFor(table));
      Upkeep found = new Upkeep(table, works);
      upkeeps.put(name, found);
      return found;
    } catch (NotFoundException | InvalidArgumentException e) {
      if (all) {
        // Dropped since it was listed, or another engine's table that is not attached.
        return null;
      }
      throw e;
    }
  }

  /** Runs the steps of a work until there is no more to do, or the process is to stop. */
  private void run(CollectionTable table, MaintenanceWork work, PrintWriter out) {
    MaintenanceScope scope = new MaintenanceScope(table, clock, FailPoints.NONE, this::stopping);
    boolean more = true;
    while (more && !stopping()) {
      long start = System.nanoTime();
      try {
        MaintenanceResult result = dryRun ? work.plan(scope) : work.run(scope);
        if (result.done()) {
          report.add(table.name(), work.kind(), result, System.nanoTime() - start);
          out.println(table.name() + ": " + result.what());
        }
        more = result.more() && !dryRun;
      } catch (ClosedException e) {
        // Stopped in the middle of a step, which leaves the table as it was.
        more = false;
      } catch (NotFoundException e) {
        if (!all) {
          throw e;
        }
        upkeeps.remove(table.name());
        more = false;
      } catch (ProximaException e) {
        report.addFailure(table.name(), work.kind(), System.nanoTime() - start);
        spec.commandLine().getErr().println(table.name() + ": failed: " + e.getMessage());
        more = false;
      }
      out.flush();
    }
  }

  private void statistics(PrintWriter out) {
    report.print(out, dryRun);
    TableStatistics statistics = new TableStatistics();
    upkeeps.values().stream()
        .map(Upkeep::table)
        .sorted(Comparator.comparing(table -> table.name().toString()))
        .forEach(table -> MaintainReport.print(out, statistics.of(table, clock.nowMicros())));
  }
}
