package io.proximadb.engine;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.io.Disk;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.FaultSchedule;
import io.proximadb.testkit.FaultyCatalog;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.RoutedDisk;
import io.proximadb.testkit.WrongBytes;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Some lives of one engine on disks with faults and with a catalog whose commits fail, and what was
 * wrong in the end. Not safe for use by several threads; several may run side by side.
 */
final class EngineSimulation {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Instant PAST = Instant.parse("2001-01-01T00:00:00Z");
  private static final int MAX_LIVES = 3;
  private static final int MAX_STEPS = 25;
  private static final int IDS = 25;

  /** About as many as a life has. */
  private static final int DISK_OPERATIONS = 250;

  private static final int MAX_COMMITS = 12;

  /** Iceberg's manifests are Avro too, and have no checksums that could tell of damage. */
  private static final String OUR_FILES =
      ".*\\.(parquet|puffin|ids-v1|lsm-v1)|.*/data/[^/]*\\.avro";

  private final Path temp;
  private final UnaryOperator<Disk> layer;

  /** What the records may be by now, and what they are if all was done that was tried. */
  private Set<Map<String, Long>> possible = new HashSet<>();

  private Map<String, Long> latest = new TreeMap<>();
  private Map<String, String> properties = Map.of();
  private long nextNumber;

  private long lives;
  private long acknowledged;
  private long flushes;
  private long maintenanceSteps;
  private long failedOperations;
  private long failedOpens;
  private long commitFaults;
  private long damagedReads;

  /** Simulates in a folder, with a disk of one's own between the faults and what forgets. */
  EngineSimulation(Path temp, UnaryOperator<Disk> layer) {
    this.temp = temp;
    this.layer = layer;
  }

  String counts() {
    return lives
        + " lives, "
        + acknowledged
        + " writes acknowledged, "
        + flushes
        + " flushes, "
        + maintenanceSteps
        + " steps of maintenance, "
        + failedOperations
        + " calls failed, "
        + failedOpens
        + " opens failed, "
        + commitFaults
        + " commits failed or unknown, "
        + damagedReads
        + " damaged files refused";
  }

  long acknowledged() {
    return acknowledged;
  }

  long flushes() {
    return flushes;
  }

  long maintenanceSteps() {
    return maintenanceSteps;
  }

  long failedOperations() {
    return failedOperations;
  }

  long commitFaults() {
    return commitFaults;
  }

  long damagedReads() {
    return damagedReads;
  }

  /** Runs the lives of one engine, and tells what was wrong at the first time it was. */
  List<String> run(long seed) throws IOException {
    Random random = new Random(seed);
    Path warehouse = Files.createDirectories(temp.resolve("warehouse" + seed));
    possible = new HashSet<>(Set.of(new TreeMap<>()));
    latest = new TreeMap<>();
    List<StorageFormat> layouts = StorageFormat.all();
    // All layouts, whatever else is drawn.
    String layout = layouts.get((int) Math.floorMod(seed, (long) layouts.size())).name();
    properties = Map.of(StorageFormat.LAYOUT_PROPERTY, layout);
    try {
      int count = 1 + random.nextInt(MAX_LIVES);
      for (int life = 1; life <= count; life++) {
        FaultSchedule schedule = new FaultSchedule(random, DISK_OPERATIONS, layer);
        FaultyCatalog.Plan commits = plan(random);
        List<String> wrong = live(random, warehouse, schedule, commits);
        lives++;
        commitFaults += commits.happened();
        if (!wrong.isEmpty()) {
          wrong.add("life " + life + ": " + schedule + "; " + commits);
          return wrong;
        }
      }
      List<String> wrong = checkAtEnd(warehouse);
      if (wrong.isEmpty() && random.nextInt(3) == 0) {
        wrong = checkDamaged(random, warehouse);
      }
      return wrong;
    } finally {
      RoutedDisk.unroute(warehouse);
      delete(warehouse);
    }
  }

  private static FaultyCatalog.Plan plan(Random random) {
    FaultyCatalog.Plan plan = new FaultyCatalog.Plan();
    for (int faults = random.nextInt(3); faults > 0; faults--) {
      FaultyCatalog.Fault fault =
          FaultyCatalog.Fault.values()[random.nextInt(FaultyCatalog.Fault.values().length)];
      plan.at(1 + random.nextInt(MAX_COMMITS), fault);
    }
    return plan;
  }

  private static EngineOptions options(Path warehouse, FaultyCatalog.Plan commits) {
    return EngineOptions.of(FaultyCatalog.properties(warehouse, commits))
        .withRefreshInterval(Duration.ZERO)
        // What a disk does is counted: all that uses it is called here.
        .withCatalogProperty("proximadb.maintenance.threads", "0")
        .withCatalogProperty(Disks.DISK_IMPL, RoutedDisk.class.getName());
  }

  private List<String> live(
      Random random, Path warehouse, FaultSchedule schedule, FaultyCatalog.Plan commits)
      throws IOException {
    RoutedDisk.route(warehouse, schedule.disk());
    EngineOptions options =
        options(warehouse, commits)
            .withFlush(random.nextInt(3) == 0 ? 500 : 1 << 20, Duration.ofHours(1))
            .withCatalogProperty(
                WalOptions.SEGMENT_BYTES_PROPERTY, Integer.toString(500 + random.nextInt(5_000)));
    List<String> wrong = new ArrayList<>();
    ProximaEngine engine;
    try {
      engine = ProximaEngine.open(options);
    } catch (RuntimeException e) {
      failedOpens++;
      mayFail("open", e, schedule, commits, wrong);
      schedule.crash();
      return wrong;
    }
    try {
      Collection docs = collection(engine);
      settle(docs, wrong);
      if (wrong.isEmpty()) {
        use(engine, docs, random, schedule, commits, wrong);
      }
    } catch (RuntimeException e) {
      failedOperations++;
      mayFail("open or read the collection", e, schedule, commits, wrong);
    }
    if (!schedule.crashed() && random.nextInt(3) == 0) {
      close(engine, schedule, commits, wrong);
    }
    schedule.crash();
    close(engine, schedule, commits, wrong);
    return wrong;
  }

  private static void close(
      ProximaEngine engine,
      FaultSchedule schedule,
      FaultyCatalog.Plan commits,
      List<String> wrong) {
    try {
      engine.close();
    } catch (RuntimeException e) {
      mayFail("close", e, schedule, commits, wrong);
    }
  }

  /** An error is fine where there was a fault, and if it is one that a caller can understand. */
  private static void mayFail(
      String what,
      RuntimeException failure,
      FaultSchedule schedule,
      FaultyCatalog.Plan commits,
      List<String> wrong) {
    boolean understandable =
        failure instanceof io.proximadb.error.ProximaException
            || failure.getClass().getName().startsWith("org.apache.iceberg.exceptions.")
            || failure instanceof java.io.UncheckedIOException;
    if (!understandable || !schedule.happened() && commits.happened() == 0) {
      wrong.add("cannot " + what + ": " + Reads.trace(failure));
    }
  }

  private Collection collection(ProximaEngine engine) {
    boolean exists =
        engine.listNamespaces().contains(DOCS.namespace())
            && engine.listCollections(DOCS.namespace()).contains(DOCS);
    return exists
        ? engine.collection(DOCS)
        : engine.createCollection(DOCS, Records.schema(), properties);
  }

  private void use(
      ProximaEngine engine,
      Collection docs,
      Random random,
      FaultSchedule schedule,
      FaultyCatalog.Plan commits,
      List<String> wrong) {
    int steps = random.nextInt(MAX_STEPS);
    int failures = 0;
    for (int step = 0; step < steps && failures < 3 && wrong.isEmpty(); step++) {
      int choice = random.nextInt(14);
      try {
        if (choice < 3) {
          docs.flush();
          flushes++;
        } else if (choice == 3) {
          maintenanceSteps += engine.maintain(DOCS).size();
        } else if (choice == 4) {
          look(docs, wrong);
        } else {
          write(docs, random);
        }
      } catch (RuntimeException e) {
        failures++;
        failedOperations++;
        mayFail("call " + choice, e, schedule, commits, wrong);
      }
    }
  }

  private void write(Collection docs, Random random) {
    int kind = random.nextInt(5);
    Map<String, Long> unit = new TreeMap<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      String id = "id" + random.nextInt(IDS);
      if (kind > 0 || !latest.containsKey(id)) {
        unit.put(id, ++nextNumber);
      }
    }
    boolean puts = kind < 3;
    Set<Map<String, Long>> after = new HashSet<>();
    possible.forEach(state -> after.add(apply(state, unit, puts)));
    latest = apply(latest, unit, puts);
    boolean done = false;
    try {
      switch (kind) {
        case 0 -> insert(docs, unit);
        case 1, 2 -> docs.upsert(records(unit, null));
        case 3 -> docs.delete(List.copyOf(unit.keySet()));
        default -> docs.upsert(records(unit, PAST));
      }
      done = true;
      acknowledged++;
    } finally {
      if (done) {
        possible = after;
      } else {
        // Whether it became durable is not known.
        possible.addAll(after);
      }
    }
  }

  /** Where an earlier write is in doubt, what is tried as an insert may have to be refused. */
  private void insert(Collection docs, Map<String, Long> unit) {
    if (possible.size() == 1) {
      docs.insert(records(unit, null));
    } else {
      docs.upsert(records(unit, null));
    }
  }

  private static Map<String, Long> apply(
      Map<String, Long> state, Map<String, Long> unit, boolean puts) {
    Map<String, Long> result = new TreeMap<>(state);
    if (puts) {
      result.putAll(unit);
    } else {
      result.keySet().removeAll(unit.keySet());
    }
    return result;
  }

  private static List<VectorRecord> records(Map<String, Long> unit, Instant expiry) {
    List<VectorRecord> records = new ArrayList<>();
    unit.forEach(
        (id, number) -> {
          VectorRecord record = Records.of(id, number);
          records.add(expiry == null ? record : record.expiringAt(expiry));
        });
    return records;
  }

  /** What a new life finds must be possible, and is certain from then on. */
  private void settle(Collection docs, List<String> wrong) {
    Map<String, Long> found = look(docs, wrong);
    possible = new HashSet<>(Set.of(found));
    latest = new TreeMap<>(found);
  }

  private Map<String, Long> look(Collection docs, List<String> wrong) {
    Map<String, Long> found = Reads.read(docs, IDS, wrong);
    if (!possible.contains(found)) {
      wrong.add("found " + found + ", not one of " + possible);
    } else if (found.equals(latest)) {
      // What was shown once must stay.
      possible = new HashSet<>(Set.of(found));
    }
    return found;
  }

  private List<String> checkAtEnd(Path warehouse) {
    // What was not synced is gone by now, and nothing after it is to be lost.
    RoutedDisk.route(warehouse, new LocalDisk());
    List<String> wrong = new ArrayList<>();
    for (int time = 0; time < 2; time++) {
      try (ProximaEngine engine =
          ProximaEngine.open(options(warehouse, new FaultyCatalog.Plan()))) {
        Collection docs = collection(engine);
        settle(docs, wrong);
        engine.maintain(DOCS);
        look(docs, wrong);
      } catch (RuntimeException e) {
        wrong.add("cannot open or read at the end: " + Reads.trace(e));
      }
    }
    return wrong;
  }

  /** The engine was closed, so the records are in table files: one of them is damaged. */
  private List<String> checkDamaged(Random random, Path warehouse) throws IOException {
    List<Path> files = tableFiles(warehouse);
    if (files.isEmpty()) {
      return new ArrayList<>();
    }
    Path damaged = files.get(random.nextInt(files.size()));
    WrongBytes.flipBit(damaged, random);
    List<String> wrong = new ArrayList<>();
    try (ProximaEngine engine = ProximaEngine.open(options(warehouse, new FaultyCatalog.Plan()))) {
      look(collection(engine), wrong);
    } catch (RuntimeException e) {
      damagedReads++;
    }
    if (!wrong.isEmpty()) {
      wrong.add("damaged: " + damaged);
    }
    return wrong;
  }

  private static List<Path> tableFiles(Path warehouse) throws IOException {
    try (Stream<Path> all = Files.walk(warehouse)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.toString().matches(OUR_FILES))
          .sorted()
          .toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
