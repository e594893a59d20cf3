package io.proximadb.testkit;

import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SnapshotInfo;
import io.proximadb.api.SnapshotRef;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.Timestamps;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.ExpectedRecords.Expected;
import io.proximadb.testkit.ExpectedRecords.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** How {@link CollectionModel} compares a collection with what is expected of it. */
final class ModelChecks {
  private static final double DISTANCE_ERROR = 1e-5;

  /** Older snapshots that are read after an operation. */
  private static final int SNAPSHOTS = 2;

  private final Collection docs;
  private final ExpectedRecords expected;
  private final long nowMicros;
  private final Random random;
  private final String where;

  ModelChecks(
      Collection docs, ExpectedRecords expected, long nowMicros, Random random, String where) {
    this.docs = docs;
    this.expected = expected;
    this.nowMicros = nowMicros;
    this.random = random;
    this.where = where;
  }

  static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }

  /** The same; many conditions are looked at, and few of the texts are wanted. */
  private static void require(boolean holds, Supplier<String> otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise.get());
    }
  }

  private void same(String how, Object wanted, Object found) {
    require(
        wanted.equals(found),
        () -> where + ", " + how + ":\n found " + found + "\n not   " + wanted);
  }

  /** Reads all in every way there is. */
  void all(CollectionTable table, Map<String, Long> counts) {
    try (ScanResult scan = docs.scan(ScanRequest.all())) {
      same("scan", expected.live(), rows(scan, expected.extraColumn(), Long.MIN_VALUE));
    }
    checkSearch();
    some();
    table.refresh();
    boolean settled = table.unsettledRows().orElse(0) == 0;
    if (settled) {
      same("by Iceberg", expected.committed(nowMicros), byIceberg(table));
      counts.merge("comparisons by Iceberg", 1L, Long::sum);
    }
    checkSnapshots(settled, counts);
  }

  /** What another engine sees, now and at an older snapshot. */
  void byWitness(CollectionTable table, Witness witness, Path warehouse, Map<String, Long> counts) {
    if (table.unsettledRows().orElse(0) == 0) {
      same(
          "by another engine",
          expected.committed(nowMicros),
          seen(witness.rows(warehouse, null, expected.extraColumn()), nowMicros));
      counts.merge("reads by another engine", 1L, Long::sum);
    }
    List<Map.Entry<Long, Version>> settled = new ArrayList<>(expected.snapshots().entrySet());
    settled.removeIf(snapshot -> !snapshot.getValue().settled());
    if (!settled.isEmpty()) {
      Map.Entry<Long, Version> snapshot = settled.get(random.nextInt(settled.size()));
      Version version = snapshot.getValue();
      same(
          "by another engine at snapshot " + snapshot.getKey(),
          version.rows(),
          seen(
              witness.rows(warehouse, snapshot.getKey(), version.extraColumn().orElse(null)),
              version.madeAtMicros()));
      counts.merge("reads at snapshots by another engine", 1L, Long::sum);
    }
  }

  private Map<String, Expected> seen(List<Witness.Seen> rows, long afterMicros) {
    Map<String, Expected> found = new TreeMap<>();
    for (Witness.Seen row : rows) {
      checkVector(row.vector(), row.number(), row);
      Expected record = new Expected(row.number(), row.extra(), row.expiresAtMicros());
      if (record.isLive(afterMicros)) {
        require(
            found.put(row.id(), record) == null, () -> where + ": " + row.id() + " is seen twice");
      }
    }
    return found;
  }

  private void checkVector(List<?> vector, long number, Object row) {
    float[] wanted = Records.vector(number);
    require(vector.size() == wanted.length, () -> where + ": wrong vector in " + row);
    for (int i = 0; i < wanted.length; i++) {
      require(vector.get(i).equals(wanted[i]), () -> where + ": wrong vector in " + row);
    }
  }

  /** Reads some records by id. */
  void some() {
    List<String> asked = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      asked.add(expected.id(random));
    }
    Map<String, Expected> found = new TreeMap<>();
    for (StoredRecord record : docs.get(asked.stream().distinct().toList())) {
      long number = Records.number(record);
      require(
          Arrays.equals(record.record().vectors().get("vector"), Records.vector(number)),
          () -> where + ": wrong vector in " + record);
      require(
          !expected.sparse()
              || SparseTerms.of(number)
                  .equals(record.record().sparseVectors().get(SparseTerms.FIELD)),
          () -> where + ": wrong sparse vector in " + record);
      String column = expected.extraColumn();
      found.put(
          record.id(),
          expected(
              number,
              column == null ? null : record.record().metadata().get(column),
              record.record().expiresAt()));
    }
    Map<String, Expected> wanted = new TreeMap<>(expected.live());
    wanted.keySet().retainAll(asked);
    same("get", wanted, found);
  }

  private static Expected expected(long number, Object extra, Instant expiry) {
    return new Expected(
        number,
        extra == null ? null : ((Number) extra).longValue(),
        expiry == null ? ExpectedRecords.NO_EXPIRY : Timestamps.toMicros(expiry));
  }

  /** The rows of a scan that expire later than a time. */
  private Map<String, Expected> rows(ScanResult scan, String extraColumn, long afterMicros) {
    Map<String, Expected> found = new TreeMap<>();
    Set<String> ids = new HashSet<>();
    while (scan.hasNext()) {
      ColumnBatch batch = scan.next();
      for (int i = 0; i < batch.rowCount(); i++) {
        String id = (String) batch.column("id").value(i);
        long number = (Long) batch.column("number").value(i);
        require(
            Arrays.equals((float[]) batch.column("vector").value(i), Records.vector(number)),
            () -> where + ": wrong vector of " + id);
        require(
            !expected.sparse()
                || SparseTerms.of(number)
                    .asStruct()
                    .equals(batch.column(SparseTerms.FIELD).value(i)),
            () -> where + ": wrong sparse vector of " + id);
        require(ids.add(id), () -> where + ": " + id + " is there twice");
        Expected row =
            expected(
                number,
                extraColumn == null ? null : batch.column(extraColumn).value(i),
                (Instant) batch.column("expires_at").value(i));
        if (row.isLive(afterMicros)) {
          found.put(id, row);
        }
      }
    }
    return found;
  }

  /** Searches that indexes may answer. */
  List<String> searches() {
    return searches(expected.live(), expected.extraColumn(), "").check(docs::search);
  }

  private ModelSearches searches(Map<String, Expected> rows, String extra, String when) {
    return new ModelSearches(random, rows, expected.sparse(), extra, where + when);
  }

  private void checkSearch() {
    float[] query = Records.vector(random.nextInt(1_000_000));
    int k = 1 + random.nextInt(expected.ids());
    double[] distances =
        expected.live().values().stream()
            .mapToDouble(record -> distance(query, Records.vector(record.number())))
            .sorted()
            .toArray();
    checkSearch(SearchRequest.of(query, k).exactly(), distances);
    if (expected.sparse()) {
      SparseVector terms = SparseTerms.of(random.nextInt(1_000_000));
      List<Long> numbers = expected.live().values().stream().map(Expected::number).toList();
      checkSearch(
          SearchRequest.of(terms, k, SparseTerms.FIELD), SparseTerms.distances(terms, numbers));
    }
  }

  private void checkSearch(SearchRequest request, double[] distances) {
    int k = request.k();
    double[] wanted = Arrays.copyOf(distances, Math.min(k, distances.length));
    List<SearchHit> hits = docs.search(request).hits();
    require(
        hits.size() == wanted.length, () -> where + ", search: " + hits.size() + " hits of " + k);
    Set<String> ids = new HashSet<>();
    for (int i = 0; i < wanted.length; i++) {
      SearchHit hit = hits.get(i);
      Expected record = expected.live().get(hit.id());
      int rank = i;
      double distance = wanted[i];
      require(
          record != null
              && ids.add(hit.id())
              && record.number() == (Long) hit.fields().get("number")
              && Math.abs(hit.distance() - wanted[i]) < DISTANCE_ERROR,
          () -> where + ", search: hit " + rank + " is " + hit + ", wanted distance " + distance);
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** Other engines see what is committed, and records that expired and are not swept yet. */
  private Map<String, Expected> byIceberg(CollectionTable table) {
    Map<String, Expected> found = new TreeMap<>();
    String column = expected.extraColumn();
    try (CloseableIterable<Record> records = IcebergGenerics.read(table.table()).build()) {
      for (Record record : records) {
        String id = (String) record.getField("id");
        Long number = (Long) record.getField("number");
        checkVector((List<?>) record.getField("vector"), number, record);
        OffsetDateTime expiry = (OffsetDateTime) record.getField("expires_at");
        Expected row =
            expected(
                number,
                column == null ? null : record.getField(column),
                expiry == null ? null : expiry.toInstant());
        if (row.isLive(nowMicros)) {
          require(
              found.put(id, row) == null, () -> where + ", by Iceberg: " + id + " is there twice");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** Snapshots show for good what the table held when they were made. */
  private void checkSnapshots(boolean settled, Map<String, Long> counts) {
    expected.snapshotsAre(
        docs.snapshots().stream().map(SnapshotInfo::id).collect(Collectors.toSet()),
        nowMicros,
        settled);
    List<Map.Entry<Long, Version>> known = new ArrayList<>(expected.snapshots().entrySet());
    for (int i = 0; i < SNAPSHOTS && !known.isEmpty(); i++) {
      Map.Entry<Long, Version> snapshot = known.remove(random.nextInt(known.size()));
      Version version = snapshot.getValue();
      try (CollectionView view = docs.at(SnapshotRef.id(snapshot.getKey()));
          ScanResult scan = view.scan(ScanRequest.all())) {
        String extra = version.extraColumn().orElse(null);
        Map<String, Expected> found = rows(scan, extra, Long.MIN_VALUE);
        searches(found, extra, " at snapshot " + snapshot.getKey()).check(view::search);
        found.values().removeIf(row -> !row.isLive(version.madeAtMicros()));
        same("at snapshot " + snapshot.getKey(), version.rows(), found);
      }
      counts.merge("reads at snapshots", 1L, Long::sum);
    }
  }
}
