package io.proximadb.cli;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.CollectionName;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Erases records of a collection and shows the receipt. */
@Command(
    name = "erase",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = {
      "Erase records for good: from data files, manifests, all earlier snapshots, and the log of"
          + " the engine's home; and show a receipt. Earlier snapshots, tags and branches go.",
      "It opens the engine, so no server may be running on the same home. Exit code 0: nothing in"
          + " reach holds the records; 3: something may, and is named; 1: it failed, nothing is"
          + " lost, run it again. See docs/erase.md."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./proximadb erase --warehouse data --collection library.docs --ids-file ids.txt",
      "  ./proximadb erase --warehouse data --collection docs --ids-file ids.txt --alone --end-pins"
    })
final class EraseCommand implements Callable<Integer> {
  /** Something may still hold the records. */
  static final int INCOMPLETE = 3;

  /** Names shown of each kind; the receipt of the Java API has more. */
  private static final int SHOWN = 5;

  /** Bytes of the file of ids: as many as there may be, at their longest. */
  private static final long MAX_FILE_BYTES = 200L << 20;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final WarehouseOptions warehouse = new WarehouseOptions();

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description =
          "Home of the engine whose log is erased, too; needed if the warehouse is a URI. Default:"
              + " <warehouse>/_proximadb/engine")
  private @Nullable Path home;

  @Option(
      names = "--collection",
      required = true,
      paramLabel = "NAME",
      description = "The collection, as namespace.name or name.")
  private String collection = "";

  @Option(
      names = "--ids-file",
      required = true,
      paramLabel = "FILE",
      description = "Ids of the records, UTF-8, one in each line; empty lines do not count.")
  private Path idsFile = Path.of("");

  @Option(
      names = "--end-pins",
      description = "End pins of earlier snapshots, whose readers then fail.")
  private boolean endsPins;

  @Option(
      names = "--alone",
      description =
          "Nobody else is writing to the collection: remove files that no snapshot names whatever"
              + " their age.")
  private boolean alone;

  @Override
  public Integer call() throws IOException {
    EraseRequest request = new EraseRequest(ids(), endsPins, alone);
    Map<String, String> properties = warehouse.properties();
    // The only work there is to be, so that the receipt tells of all that was done.
    properties.put(MaintenanceOptions.THREADS, "0");
    EngineOptions options = EngineOptions.of(properties);
    if (home != null) {
      options = options.withHome(home);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      EraseReceipt receipt = engine.collection(CollectionName.parse(collection)).erase(request);
      print(receipt, out);
      out.flush();
      return receipt.isComplete() ? 0 : INCOMPLETE;
    }
  }

  private Set<String> ids() throws IOException {
    if (!Files.isRegularFile(idsFile)) {
      throw new InvalidArgumentException(
          "Invalid --ids-file: '" + idsFile + "' (expected a file with an id in each line)");
    }
    if (Files.size(idsFile) > MAX_FILE_BYTES) {
      throw new InvalidArgumentException(
          "Invalid --ids-file: '"
              + idsFile
              + "' has "
              + Files.size(idsFile)
              + " bytes (expected at most "
              + MAX_FILE_BYTES
              + ")");
    }
    Set<String> ids = new LinkedHashSet<>();
    for (String line : Files.readAllLines(idsFile, StandardCharsets.UTF_8)) {
      if (!line.isEmpty()) {
        ids.add(line);
      }
    }
    return ids;
  }

  private static void print(EraseReceipt receipt, PrintWriter out) {
    out.println(
        receipt.isComplete()
            ? "Erased from " + receipt.name() + " (table " + receipt.tableUuid() + ")"
            : "Not all is erased from " + receipt.name() + ", see what remains");
    out.println("  ids            " + receipt.ids().size() + " given, " + found(receipt));
    out.println(
        "  snapshot       "
            + text(receipt.snapshotBefore())
            + " before, "
            + text(receipt.snapshotAfter())
            + " now; "
            + receipt.snapshotsExpired()
            + " earlier ones removed");
    receipt.references().forEach(name -> out.println("  removed        " + name));
    for (EraseReceipt.Kind kind : EraseReceipt.Kind.values()) {
      print("  written anew   ", kind, receipt.rewritten(kind), out);
    }
    for (EraseReceipt.Kind kind : EraseReceipt.Kind.values()) {
      print("  deleted        ", kind, receipt.removed(kind), out);
    }
    receipt.verified().forEach(line -> out.println("  verified       " + line));
    receipt.remaining().forEach(line -> out.println("  REMAINS        " + line));
    receipt.outOfReach().forEach(line -> out.println("  out of reach   " + line));
  }

  private static String found(EraseReceipt receipt) {
    return receipt.found().size() + " found in data files, " + receipt.rows() + " rows";
  }

  private static String text(OptionalLong snapshot) {
    return snapshot.isPresent() ? Long.toString(snapshot.getAsLong()) : "none";
  }

  private static void print(
      String what, EraseReceipt.Kind kind, EraseReceipt.Files files, PrintWriter out) {
    if (files.count() == 0) {
      return;
    }
    String name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    out.println(what + files.count() + " " + name + (files.count() == 1 ? "" : "s"));
    files.names().stream()
        .limit(SHOWN)
        .filter(file -> !file.isEmpty())
        .forEach(file -> out.println("                   " + file));
    if (files.names().size() > SHOWN) {
      out.println("                   ...");
    }
  }
}
