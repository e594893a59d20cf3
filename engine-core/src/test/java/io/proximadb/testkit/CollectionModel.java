package io.proximadb.testkit;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.WriteResult;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disks;
import io.proximadb.model.CollectionName;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.StorageFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Random operations on a collection and on a map: writes, flushes, compactions, failures of both,
 * commits of other writers, restarts, crashes, and engines that take over from each other. After
 * each that moves data both hold the same records, by get, scan, search and plain Iceberg.
 *
 * <p>Wrong answers are {@link AssertionError}s that name the operation. All follows from the seed.
 */
public final class CollectionModel implements AutoCloseable {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Duration NEVER = Duration.ofDays(100_000);
  private static final int IDS = 40;
  private static final int HOMES = 2;
  private static final int MAX_EXPIRY_MICROS = 3_000_000;
  private static final double DISTANCE_ERROR = 1e-5;
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
          "compaction.started",
          "compaction.written",
          "compaction.committed",
          "maintenance.installed");

  private final Path folder;
  private final Path data;
  private final String layout;
  private final Random random;

  /** Whether the collection has a sparse field beside the dense one. */
  private final boolean sparse;

  private final AtomicLong now = new AtomicLong(1_700_000_000_000_000L);
  private final Map<String, Expected> model = new TreeMap<>();

  /** Records with a change that no commit has yet: it lands after what others commit. */
  private final Set<String> unflushed = new HashSet<>();

  private final Map<String, Long> counts = new TreeMap<>();
  private volatile String failAt = "";
  private ProximaEngine engine;
  private Collection docs;
  private int home;
  private long number;

  private record Expected(long number, long expiresAtMicros) {}

  /**
   * Starts with an empty collection.
   *
   * @param folder an empty folder
   * @param layout of the collection
   */
  public CollectionModel(Path folder, String layout, Random random) {
    this.folder = folder;
    this.data = folder.resolve("data");
    this.layout = layout;
    this.random = random;
    this.sparse = random.nextBoolean();
    this.engine = ProximaEngine.open(options());
    this.docs =
        engine.createCollection(
            DOCS,
            sparse ? SparseTerms.schema() : Records.schema(),
            Map.of(StorageFormat.LAYOUT_PROPERTY, layout));
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
    now.addAndGet(random.nextInt(4) == 0 ? random.nextInt(MAX_EXPIRY_MICROS) : 0);
    expire();
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
      if (kind.matches("flush|maintain|reopen|crash|takeover|other")) {
        checkAll(where);
      } else {
        checkSome(where);
      }
    } catch (RuntimeException e) {
      throw new AssertionError("Cannot read after " + where, e);
    }
  }

  private void expire() {
    model.values().removeIf(record -> record.expiresAtMicros() <= now.get());
  }

  private String operation() {
    int choice = random.nextInt(100);
    if (choice < 55) {
      return write(choice / 10);
    }
    if (choice < 75) {
      return changeExpiry();
    }
    if (choice < 83) {
      return flush(random.nextInt(4) == 0);
    }
    if (choice < 89) {
      return otherWriter();
    }
    if (choice < 94) {
      return maintain();
    }
    if (choice < 96) {
      return reopen();
    }
    return choice < 98 ? crash() : takeover();
  }

  private List<VectorRecord> records() {
    Map<String, VectorRecord> records = new TreeMap<>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      String id = id();
      number++;
      VectorRecord record = sparse ? SparseTerms.record(id, number) : Records.of(id, number);
      records.put(
          record.id(),
          random.nextInt(4) > 0
              ? record
              : record.expiringAt(
                  Timestamps.ofMicros(now.get() + 1 + random.nextInt(MAX_EXPIRY_MICROS))));
    }
    return List.copyOf(records.values());
  }

  private static List<String> ids(List<VectorRecord> records) {
    return records.stream().map(VectorRecord::id).toList();
  }

  private String id() {
    return "r" + random.nextInt(IDS);
  }

  private String write(int kind) {
    List<VectorRecord> records = records();
    if (kind <= 2) {
      accepted(docs.upsert(records), records);
      return "upsert " + records;
    }
    if (kind == 5) {
      docs.delete(ids(records));
      model.keySet().removeAll(ids(records));
      unflushed.addAll(ids(records));
      return "delete " + ids(records);
    }
    boolean update = kind == 4;
    boolean fits = ids(records).stream().allMatch(id -> model.containsKey(id) == update);
    try {
      accepted(update ? docs.update(records) : docs.insert(records), records);
      require(fits, "accepted what it should have refused: " + records);
    } catch (AlreadyExistsException | NotFoundException e) {
      require(!fits && update == e instanceof NotFoundException, "refused " + records + ": " + e);
    }
    return (update ? "update " : "insert ") + records;
  }

  private void accepted(WriteResult result, List<VectorRecord> records) {
    require(result.count() == records.size(), "counted " + result.count() + " of " + records);
    records.forEach(this::put);
    unflushed.addAll(ids(records));
  }

  private void put(VectorRecord record) {
    Instant expiry = record.expiresAt();
    model.put(
        record.id(),
        new Expected(
            (Long) record.metadata().get("number"),
            expiry == null ? Long.MAX_VALUE : Timestamps.toMicros(expiry)));
  }

  private String changeExpiry() {
    Set<String> ids = new LinkedHashSet<>();
    int count = random.nextInt(6);
    for (int i = 0; i < count; i++) {
      ids.add(id());
    }
    boolean set = random.nextInt(3) > 0;
    long ttl = 1 + random.nextInt(MAX_EXPIRY_MICROS);
    int changed = 0;
    for (String id : ids) {
      Expected record = model.get(id);
      if (record != null && (set || record.expiresAtMicros() != Long.MAX_VALUE)) {
        changed++;
        unflushed.add(id);
        model.put(id, new Expected(record.number(), set ? now.get() + ttl : Long.MAX_VALUE));
      }
    }
    List<String> asked = new ArrayList<>(ids);
    WriteResult result =
        set ? docs.setTtl(asked, Duration.ofNanos(ttl * 1_000)) : docs.removeTtl(asked);
    require(result.count() == changed, "changed " + result.count() + " expiries of " + changed);
    return (set ? "set " + ttl : "remove") + " expiry of " + asked;
  }

  private String flush(boolean failing) {
    int step = random.nextInt(FLUSH_STEPS.size());
    failAt = failing ? FLUSH_STEPS.get(step) : "";
    boolean passed = true;
    try {
      docs.flush();
    } catch (UnavailableException e) {
      passed = step >= FIRST_STEP_AFTER_COMMIT;
    }
    failAt = "";
    if (passed) {
      unflushed.clear();
    }
    return "flush" + (failing ? ", failing at " + FLUSH_STEPS.get(step) : "");
  }

  /** What Spark and Flink do: commits without the lease. */
  private String otherWriter() {
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      List<VectorRecord> records = records();
      boolean delete = random.nextInt(3) == 0;
      if (delete) {
        Tables.delete(table, ids(records));
      } else {
        Tables.upsert(table, records);
      }
      for (VectorRecord record : records) {
        if (unflushed.contains(record.id())) {
          continue;
        }
        if (delete) {
          model.remove(record.id());
        } else {
          put(record);
        }
      }
      return "other writer " + (delete ? "deletes " : "upserts ") + records;
    }
  }

  private String maintain() {
    failAt =
        random.nextInt(3) == 0
            ? MAINTENANCE_STEPS.get(random.nextInt(MAINTENANCE_STEPS.size()))
            : "";
    String step = failAt;
    int done = 0;
    try {
      done = engine.maintain(DOCS).size();
    } catch (UnavailableException e) {
      require(!step.isEmpty(), "Maintenance failed: " + e);
    }
    failAt = "";
    counts.merge("steps of maintenance", (long) done, Long::sum);
    return "maintain" + (step.isEmpty() ? "" : ", failing at " + step);
  }

  private String reopen() {
    failAt = random.nextBoolean() ? FLUSH_STEPS.get(random.nextInt(FLUSH_STEPS.size())) : "";
    String step = failAt;
    engine.close();
    failAt = "";
    if (step.isEmpty() || FLUSH_STEPS.indexOf(step) >= FIRST_STEP_AFTER_COMMIT) {
      unflushed.clear();
    }
    open();
    return "reopen" + (step.isEmpty() ? "" : ", failing at " + step);
  }

  /** What a killed process leaves: the files as they are while the engine runs. */
  private String crash() {
    Path backup = folder.resolve("backup");
    Folders.copy(data, backup);
    engine.close();
    Folders.restore(backup, data);
    Folders.delete(backup);
    open();
    return "crash";
  }

  /** Another engine becomes the owner. */
  private String takeover() {
    engine.close();
    unflushed.clear();
    home = (home + 1) % HOMES;
    open();
    return "takeover by home " + home;
  }

  private void open() {
    now.addAndGet(random.nextInt(MAX_EXPIRY_MICROS));
    expire();
    engine = ProximaEngine.open(options());
    docs = engine.collection(DOCS);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  private void checkSome(String where) {
    List<String> asked = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      asked.add(id());
    }
    Map<String, Expected> found = new TreeMap<>();
    for (StoredRecord record : docs.get(asked.stream().distinct().toList())) {
      found.put(record.record().id(), expected(record));
    }
    Map<String, Expected> wanted = new TreeMap<>(model);
    wanted.keySet().retainAll(asked);
    same(where + ", get", wanted, found);
  }

  private Expected expected(StoredRecord record) {
    long value = Records.number(record);
    require(
        !sparse
            || SparseTerms.of(value).equals(record.record().sparseVectors().get(SparseTerms.FIELD)),
        "wrong sparse vector in " + record);
    require(
        Arrays.equals(record.record().vectors().get("vector"), Records.vector(value)),
        "wrong vector in " + record);
    Instant expiry = record.record().expiresAt();
    return new Expected(value, expiry == null ? Long.MAX_VALUE : Timestamps.toMicros(expiry));
  }

  private static void same(String where, Object wanted, Object found) {
    require(wanted.equals(found), where + ":\n found " + found + "\n not   " + wanted);
  }

  private void checkAll(String where) {
    Map<String, Expected> found = new TreeMap<>();
    try (ScanResult scan = docs.scan(ScanRequest.all())) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          String id = (String) batch.column("id").value(i);
          long value = (Long) batch.column("number").value(i);
          require(
              Arrays.equals((float[]) batch.column("vector").value(i), Records.vector(value)),
              where + ": wrong vector of " + id);
          require(
              !sparse
                  || SparseTerms.of(value)
                      .asStruct()
                      .equals(batch.column(SparseTerms.FIELD).value(i)),
              where + ": wrong sparse vector of " + id);
          Instant expiry = (Instant) batch.column("expires_at").value(i);
          Expected record =
              new Expected(value, expiry == null ? Long.MAX_VALUE : Timestamps.toMicros(expiry));
          require(found.put(id, record) == null, where + ": " + id + " is there twice");
        }
      }
    }
    same(where + ", scan", model, found);
    checkSearch(where);
    checkSome(where);
    if (unflushed.isEmpty()) {
      checkByIceberg(where);
    }
  }

  private void checkSearch(String where) {
    float[] query = Records.vector(random.nextInt(1_000_000));
    int k = 1 + random.nextInt(IDS);
    double[] distances =
        model.values().stream()
            .mapToDouble(record -> distance(query, Records.vector(record.number())))
            .sorted()
            .toArray();
    checkSearch(where, SearchRequest.of(query, k), distances);
    if (sparse) {
      SparseVector terms = SparseTerms.of(random.nextInt(1_000_000));
      List<Long> numbers = model.values().stream().map(Expected::number).toList();
      checkSearch(
          where + ", sparse",
          SearchRequest.of(terms, k, SparseTerms.FIELD),
          SparseTerms.distances(terms, numbers));
    }
  }

  private void checkSearch(String where, SearchRequest request, double[] distances) {
    int k = request.k();
    double[] wanted = Arrays.copyOf(distances, Math.min(k, distances.length));
    List<SearchHit> hits = docs.search(request).hits();
    require(hits.size() == wanted.length, where + ", search: " + hits.size() + " hits of " + k);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < wanted.length; i++) {
      SearchHit hit = hits.get(i);
      Expected record = model.get(hit.id());
      require(
          record != null
              && ids.add(hit.id())
              && record.number() == (Long) hit.fields().get("number")
              && Math.abs(hit.distance() - wanted[i]) < DISTANCE_ERROR,
          where + ", search: hit " + i + " is " + hit + ", wanted distance " + wanted[i]);
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** Other engines see the same, but for records that expired and are not swept yet. */
  private void checkByIceberg(String where) {
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      Map<String, Long> found = Tables.numbersByIceberg(warehouse.load(DOCS));
      model.forEach(
          (id, record) ->
              require(
                  Long.valueOf(record.number()).equals(found.get(id)),
                  where + ", by Iceberg: " + id + " is " + found.get(id) + ", not " + record));
    }
  }

  @Override
  public void close() {
    failAt = "";
    engine.close();
  }

  @Override
  public String toString() {
    return "layout " + layout + (sparse ? ", sparse too, " : ", ") + counts;
  }
}
