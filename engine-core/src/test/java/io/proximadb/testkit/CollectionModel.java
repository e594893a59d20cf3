package io.proximadb.testkit;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.FencedException;
import io.proximadb.error.UnavailableException;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.io.Disks;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.model.CollectionName;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.SchemaChange;
import io.proximadb.storage.StorageFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Random operations on a collection and on a map: writes, flushes, compactions, snapshot expiry and
 * clean-up, failures of all of them, commits of other writers, changes of schema and layout,
 * restarts, crashes, and engines that take over from each other. After each that moves data both
 * hold the same records, by get, scan, search and plain Iceberg, and so do older snapshots.
 *
 * <p>Wrong answers are {@link AssertionError}s that name the operation. All follows from the seed.
 */
public final class CollectionModel implements AutoCloseable {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Duration NEVER = Duration.ofDays(100_000);
  private static final int HOMES = 2;
  private static final int IDS = 40;

  /** Operations of a hundred that are of indexes where there are some. */
  private static final int INDEX_SHARE = 12;

  /** Operations of a hundred that another engine gets where there is one. */
  private static final int WITNESS_SHARE = 25;

  /** The year 2100: what Iceberg and the disk date by the machine's clock is old. */
  private static final long START_MICROS = 4_102_444_800_000_000L;

  private static final List<String> FLUSH_STEPS =
      List.of(
          "flush.frozen",
          "flush.staged",
          "flush.promoted",
          "flush.committed",
          "flush.installed",
          "flush.released");
  private static final int FIRST_STEP_AFTER_COMMIT = 3;
  private static final List<String> MAINTENANCE_STEPS =
      List.of(
          "ttl-sweep.found",
          "ttl-sweep.committed",
          "normalise.found",
          "recluster.written",
          "recluster.committed",
          "compaction.started",
          "compaction.written",
          "compaction.committed",
          "manifest-rewrite.found",
          "manifest-rewrite.committed",
          "snapshot-expiry.committed",
          "snapshot-expiry.deleted",
          "orphan-cleanup.deleted",
          "maintenance.installed");
  private static final List<String> ALTER_STEPS =
      List.of("alter.begun", "alter.committed", "alter.installed");

  private final Path data;
  private final KilledCopies copies;
  private final Map<String, String> properties;
  private final Random random;
  private final AtomicLong now = new AtomicLong(START_MICROS);
  private final ExpectedRecords expected;
  private final Map<String, Long> counts = new TreeMap<>();
  private final ModelWrites writes;
  private final ModelOthers others;
  private final Witness witness;

  /** Null if the collection has none. */
  private final ModelIndexes indexes;

  private volatile String failAt = "";
  private Warehouse outside;
  private CollectionTable table;
  private ProximaEngine engine;
  private Collection docs;
  private int home;

  /**
   * Starts with an empty collection.
   *
   * @param folder an empty folder
   * @param layout of the collection, at first
   */
  public CollectionModel(Path folder, String layout, Random random) {
    this(folder, layout, random, random.nextInt(3) == 0);
  }

  /**
   * The same with more records and with indexes, or without.
   *
   * @param indexed whether indexes are created and dropped
   */
  public CollectionModel(Path folder, String layout, Random random, boolean indexed) {
    this(folder, layout, random.nextInt(4) == 0 ? 2 : 3, random, null, indexed);
  }

  /** The same beside an engine that knows Iceberg alone; null for none. */
  public CollectionModel(
      Path folder, String layout, int formatVersion, Random random, Witness witness) {
    this(folder, layout, formatVersion, random, witness, false);
  }

  private CollectionModel(
      Path folder,
      String layout,
      int formatVersion,
      Random random,
      Witness witness,
      boolean indexed) {
    this.witness = witness;
    this.data = folder.resolve("data");
    this.copies = new KilledCopies(data, folder.resolve("killed"));
    this.random = random;
    // Engines that know Iceberg alone are checked without the sparse field.
    boolean sparse = witness == null && random.nextBoolean();
    this.expected = new ExpectedRecords(sparse, indexed ? ModelIndexes.IDS : IDS);
    this.indexes = indexed ? new ModelIndexes(random, expected, data.resolve("warehouse")) : null;
    this.writes = new ModelWrites(random, expected, now);
    this.others = new ModelOthers(random, expected, writes, data.resolve("warehouse"), witness);
    this.properties =
        Map.of(
            StorageFormat.LAYOUT_PROPERTY,
            layout,
            "format-version",
            Integer.toString(formatVersion),
            IndexDefinitions.MIN_ROWS,
            Integer.toString(ModelIndexes.MIN_ROWS),
            MaintenanceSettings.MANIFEST_MIN_COUNT,
            Integer.toString(2 + random.nextInt(20)),
            // Of deletes, which are merged while something is committed.
            "commit.manifest.min-count-to-merge",
            Integer.toString(2 + random.nextInt(20)));
    this.engine = ProximaEngine.open(options());
    this.docs =
        engine.createCollection(
            DOCS, expected.sparse() ? SparseTerms.schema() : Records.schema(), properties);
    openOutside();
    if (indexes != null) {
      writes.writeMany(docs);
      indexes.change(docs);
      optimize(false);
      // Notes what the snapshots show that are there by now.
      new ModelChecks(docs, expected, now.get(), random, "at first").all(table, counts);
    }
  }

  private void openOutside() {
    outside = Warehouse.open(options().catalog());
    table = outside.load(DOCS);
  }

  /** How often each kind of operation was done. */
  public Map<String, Long> counts() {
    return new TreeMap<>(counts);
  }

  private EngineOptions options() {
    return Engines.quiet(data.resolve("warehouse"))
        .withHome(data.resolve("home" + home))
        .withFlush(64 << 20, NEVER)
        .withRefreshInterval(Duration.ZERO)
        .withClock(Clock.of(now::get))
        .withCatalogProperty(Disks.DISK_IMPL, UnsyncedDisk.class.getName())
        .withFailPoints(
            step -> {
              if (step.equals(failAt)) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  /** Does an operation, and compares what is there with what should be. */
  public void step(long step) {
    writes.passTime(4);
    expected.expire(now.get());
    String done;
    try {
      done = operation();
    } catch (RuntimeException e) {
      throw new AssertionError("step " + step + " failed", e);
    }
    String kind = done.split("[ ,]")[0];
    counts.merge(kind, 1L, Long::sum);
    String where = "step " + step + ": " + done;
    try {
      ModelChecks checks = new ModelChecks(docs, expected, now.get(), random, where);
      if (kind.matches(
          "flush|maintain|optimize|reopen|crash|takeover|other|alter|layout|index|fence")) {
        checks.all(table, counts);
        if (indexes != null) {
          indexes.check(docs, done.equals("optimize"), where);
          checkSearches(checks);
        }
        if (witness != null) {
          checks.byWitness(table, witness, data.resolve("warehouse"), counts);
        }
      } else {
        checks.some();
      }
    } catch (RuntimeException e) {
      throw new AssertionError("Cannot read after " + where, e);
    }
  }

  private void checkSearches(ModelChecks checks) {
    for (String answer : checks.searches()) {
      boolean byIndex = answer.contains("index '") && !answer.startsWith("exact: index 'i");
      counts.merge(byIndex ? "searches by an index" : "other searches", 1L, Long::sum);
    }
  }

  private String operation() {
    int choice = random.nextInt(100);
    if (indexes != null && random.nextInt(100) < INDEX_SHARE) {
      return choice < 30
          ? writes.writeMany(docs)
          : choice < 60 ? indexes.change(docs) : optimize(random.nextInt(4) == 0);
    }
    if (witness != null && choice < WITNESS_SHARE) {
      return others.commit(table, now.get());
    }
    if (choice < 60) {
      return writes.write(docs, choice / 10);
    }
    if (choice < 75) {
      return writes.changeExpiry(docs);
    }
    if (choice < 83) {
      return flush(random.nextInt(4) == 0);
    }
    if (choice < 88) {
      return others.commit(table, now.get());
    }
    if (choice < 92) {
      return maintain();
    }
    return switch (choice) {
      case 92 -> alter();
      case 93 -> changeLayout();
      case 94, 95 -> reopen();
      case 96 -> crash();
      case 97 -> crashAndTakeover();
      case 98 -> takeover();
      default -> fence();
    };
  }

  private static String oneOf(List<String> steps, Random random) {
    return steps.get(random.nextInt(steps.size()));
  }

  private static String failing(String step) {
    return step.isEmpty() ? "" : ", failing at " + step;
  }

  private static boolean commits(String flushStep) {
    return flushStep.isEmpty() || FLUSH_STEPS.indexOf(flushStep) >= FIRST_STEP_AFTER_COMMIT;
  }

  private String flush(boolean failing) {
    String step = failing ? oneOf(FLUSH_STEPS, random) : "";
    failAt = step;
    boolean passed = true;
    try {
      docs.flush();
    } catch (UnavailableException e) {
      passed = commits(step);
    }
    failAt = "";
    if (passed) {
      expected.flushed();
    }
    return "flush" + failing(step);
  }

  private String maintain() {
    String step = random.nextInt(3) == 0 ? oneOf(MAINTENANCE_STEPS, random) : "";
    failAt = step;
    int done = 0;
    try {
      done = engine.maintain(DOCS).size();
      if (step.isEmpty()) {
        List<Path> strays = TableFiles.strays(table);
        ModelChecks.require(strays.isEmpty(), "stray files are left: " + strays);
      }
    } catch (UnavailableException e) {
      ModelChecks.require(!step.isEmpty(), "Maintenance failed: " + e);
    }
    failAt = "";
    counts.merge("steps of maintenance", (long) done, Long::sum);
    return "maintain" + failing(step);
  }

  /** Flushes, merges files, and builds what is missing; what failed is done by the next. */
  private String optimize(boolean failing) {
    String step = failing ? oneOf(MAINTENANCE_STEPS, random) : "";
    failAt = step;
    try {
      docs.optimize();
    } catch (UnavailableException e) {
      ModelChecks.require(!step.isEmpty(), "It was not optimized: " + e);
    }
    failAt = "";
    expected.flushed();
    return "optimize" + failing(step);
  }

  private String alter() {
    String step = random.nextInt(3) == 0 ? oneOf(ALTER_STEPS, random) : "";
    String column = expected.extraColumn();
    String next = expected.nextExtraColumn();
    Runnable effect;
    SchemaChange change;
    int kind = random.nextInt(3);
    if (column != null && kind == 0 && indexes != null && indexes.isIndexed(column)) {
      indexes.free(docs, () -> docs.alter(SchemaChange.drop(column)), column);
    }
    if (column == null) {
      change = SchemaChange.add(next, Scalar.INT);
      effect = () -> expected.extraColumnIs(next);
    } else if (kind == 0) {
      change = SchemaChange.drop(column);
      effect = expected::dropExtraColumn;
    } else if (kind == 1 || expected.extraIsLong()) {
      change = SchemaChange.rename(column, next);
      effect =
          () -> {
            expected.extraColumnIs(next);
            if (indexes != null) {
              indexes.renamed(column, next);
            }
          };
    } else {
      change = SchemaChange.widen(column, Scalar.LONG);
      effect = expected::widenExtraColumn;
    }
    failAt = step;
    boolean made = true;
    try {
      docs.alter(change);
    } catch (UnavailableException e) {
      made = !step.equals("alter.begun");
    }
    failAt = "";
    if (made) {
      effect.run();
    }
    return "alter " + change + failing(step);
  }

  /** New files have the other layout; maintenance rewrites the old ones. */
  private String changeLayout() {
    List<String> layouts = StorageFormat.all().stream().map(StorageFormat::name).toList();
    String layout = layouts.get(random.nextInt(layouts.size()));
    if (random.nextBoolean()) {
      docs.alter(SchemaChange.layout(layout));
      return "layout " + layout;
    }
    table.refresh();
    table.table().updateProperties().set(StorageFormat.LAYOUT_PROPERTY, layout).commit();
    docs.refresh();
    return "layout by a property " + layout;
  }

  private String reopen() {
    String step = random.nextBoolean() ? oneOf(FLUSH_STEPS, random) : "";
    close(step);
    String damage = damage();
    open();
    checkRebuilt(damage);
    return "reopen" + failing(step) + damage;
  }

  private String damage() {
    return indexes == null ? "" : indexes.damage();
  }

  private void checkRebuilt(String damage) {
    if (indexes != null && !damage.isEmpty() && random.nextBoolean()) {
      indexes.checkRebuilt(docs, counts, damage);
    }
  }

  private void close(String flushStep) {
    failAt = flushStep;
    engine.close();
    failAt = "";
    if (commits(flushStep)) {
      expected.flushed();
    }
  }

  /** What a killed process leaves: the files as they are while the engine runs. */
  private void kill() {
    copies.take();
    // It must close all the same, which then changes what is thrown away.
    failAt = FLUSH_STEPS.get(0);
    engine.close();
    failAt = "";
    outside.close();
    copies.putBack();
    if (witness != null) {
      witness.replaced();
    }
    openOutside();
  }

  private String crash() {
    kill();
    String damage = damage();
    open();
    checkRebuilt(damage);
    return "crash" + damage;
  }

  /** Another engine becomes the owner, and finds what is in the table. */
  private String crashAndTakeover() {
    if (!expected.logIsWhole()) {
      return crash();
    }
    kill();
    expected.leaveInLog(home);
    home = (home + 1) % HOMES;
    open();
    return "crash and takeover by home " + home;
  }

  private String takeover() {
    close("");
    home = (home + 1) % HOMES;
    open();
    return "takeover by home " + home;
  }

  /** Another engine took the collection for a while, which this one notices when it flushes. */
  private String fence() {
    Tables.raiseEpoch(table);
    try {
      docs.flush();
      // It had nothing to flush, or became the owner only now, after the other.
      expected.flushed();
    } catch (FencedException e) {
      counts.merge("refusals of a fenced engine", 1L, Long::sum);
    }
    engine.close();
    open();
    return "fence";
  }

  private void open() {
    writes.passTime(1);
    engine = ProximaEngine.open(options());
    docs = engine.collection(DOCS);
    expected.replay(home);
    expected.expire(now.get());
  }

  @Override
  public void close() {
    failAt = "";
    outside.close();
    engine.close();
  }

  @Override
  public String toString() {
    Map<String, String> settings = new HashMap<>(properties);
    return settings + ", " + counts;
  }
}
