package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.SnapshotInfo;
import io.proximadb.api.SnapshotRef;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.StorageFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collection of a layout must do with sparse vectors, alone and beside dense ones. */
public abstract class SparseVectorsContract {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int DIMENSION = 60;

  private static final CollectionSchema SPARSE_ONLY =
      CollectionSchema.builder()
          .sparse("terms", DIMENSION, Metric.DOT)
          .metadata("number", Scalar.LONG)
          .sparse("topics", DIMENSION, Metric.COSINE)
          .build();

  private static final CollectionSchema MIXED =
      CollectionSchema.builder()
          .sparse("terms", DIMENSION, Metric.DOT)
          .metadata("number", Scalar.LONG)
          .vector(new VectorField("text", 4, Metric.COSINE))
          .vector(new VectorField("image", 3, Metric.EUCLIDEAN))
          .sparse("topics", DIMENSION, Metric.COSINE)
          .build();

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong(1_700_000_000_000_000L);
  private final Map<String, VectorRecord> model = new TreeMap<>();

  /** The name of the layout. */
  protected abstract String layout();

  private EngineOptions options() {
    return Engines.quiet(folder).withRefreshInterval(Duration.ZERO).withClock(Clock.of(now::get));
  }

  private Collection create(ProximaEngine engine, CollectionSchema schema) {
    return engine.createCollection(DOCS, schema, Map.of(StorageFormat.LAYOUT_PROPERTY, layout()));
  }

  private static VectorRecord record(
      CollectionSchema schema, String id, long number, Random random) {
    Map<String, float[]> vectors = new LinkedHashMap<>();
    schema
        .vectorFields()
        .forEach(f -> vectors.put(f.name(), RandomCollections.vector(f.dimension(), random)));
    VectorRecord record = new VectorRecord(id, vectors, Map.of("number", number), null);
    for (VectorField field : schema.sparseFields()) {
      record = record.withSparse(field.name(), RandomCollections.sparse(DIMENSION, random));
    }
    return record;
  }

  private void upsert(Collection docs, Random random, int count) {
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String id = "r" + random.nextInt(300);
      if (records.stream().noneMatch(record -> record.id().equals(id))) {
        records.add(record(docs.schema(), id, random.nextInt(100), random));
      }
    }
    docs.upsert(records);
    records.forEach(record -> model.put(record.id(), record));
  }

  /** By definition, over all components. */
  private static double distance(Metric metric, SparseVector a, SparseVector b) {
    float[] x = a.toDense(DIMENSION);
    float[] y = b.toDense(DIMENSION);
    double dot = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < DIMENSION; i++) {
      dot += (double) x[i] * y[i];
      xx += (double) x[i] * x[i];
      yy += (double) y[i] * y[i];
    }
    return metric == Metric.DOT ? 0 - dot : 1 - dot / (Math.sqrt(xx) * Math.sqrt(yy));
  }

  private void checkSearch(Collection docs, Random random) {
    for (VectorField field : docs.schema().sparseFields()) {
      SparseVector query = RandomCollections.sparse(DIMENSION, random);
      int k = 1 + random.nextInt(40);
      long above = random.nextInt(3) == 0 ? 60 : -1;
      SearchRequest request =
          SearchRequest.of(query, k, field.name())
              .where(
                  above < 0
                      ? Filter.alwaysTrue()
                      : Filter.compare("number", Filter.Operator.GT, above));
      check(docs.search(request), field, query, k, above);
    }
  }

  private void check(
      SearchResponse response, VectorField field, SparseVector query, int k, long above) {
    record Scored(String id, double distance) {}
    List<Scored> wanted =
        model.values().stream()
            .filter(record -> (Long) record.metadata().get("number") > above)
            .filter(record -> record.sparseVectors().containsKey(field.name()))
            .map(
                record ->
                    new Scored(
                        record.id(),
                        distance(field.metric(), query, record.sparseVectors().get(field.name()))))
            .sorted(Comparator.comparingDouble(Scored::distance).thenComparing(Scored::id))
            .limit(k)
            .toList();
    List<Scored> found =
        response.hits().stream().map(hit -> new Scored(hit.id(), hit.distance())).toList();
    assertThat(found).isEqualTo(wanted);
    for (SearchHit hit : response.hits()) {
      assertThat(hit.fields())
          .isEqualTo(Map.of("number", model.get(hit.id()).metadata().get("number")));
    }
    assertThat(response.recall()).hasValue(1);
  }

  private void check(Collection docs, Random random) {
    for (int i = 0; i < 4; i++) {
      checkSearch(docs, random);
    }
    List<StoredRecord> all = docs.get(List.copyOf(model.keySet()));
    assertThat(all).hasSize(model.size());
    all.forEach(record -> checkRecord(record.record()));
    int rows = 0;
    try (ScanResult scan = docs.scan(ScanRequest.all())) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        rows += batch.rowCount();
        for (int i = 0; i < batch.rowCount(); i++) {
          VectorRecord wanted = model.get((String) batch.column("id").value(i));
          for (VectorField field : docs.schema().sparseFields()) {
            Object struct = batch.column(field.name()).value(i);
            assertThat(struct == null ? null : SparseVector.ofStruct(struct))
                .isEqualTo(wanted.sparseVectors().get(field.name()));
          }
        }
      }
    }
    assertThat(rows).isEqualTo(model.size());
  }

  private void checkRecord(VectorRecord found) {
    VectorRecord wanted = model.get(found.id());
    assertThat(found.sparseVectors()).isEqualTo(wanted.sparseVectors());
    assertThat(found.metadata()).isEqualTo(wanted.metadata());
    assertThat(found.vectors().keySet()).isEqualTo(wanted.vectors().keySet());
    found.vectors().forEach((name, v) -> assertThat(v).isEqualTo(wanted.vectors().get(name)));
  }

  @Test
  void aCollectionOfSparseVectorsAnswersAsBruteForceDoes() throws IOException {
    history(SPARSE_ONLY, Seed.random(getClass().getSimpleName() + ".sparse"));
  }

  @Test
  void sparseAndDenseFieldsSideBySide() throws IOException {
    history(MIXED, Seed.random(getClass().getSimpleName() + ".mixed"));
  }

  private void history(CollectionSchema schema, Random random) throws IOException {
    ProximaEngine engine = ProximaEngine.open(options());
    try {
      Collection docs = create(engine, schema);
      assertThat(docs.schema().sparseFields()).isEqualTo(schema.sparseFields());
      for (int round = 0; round < 5; round++) {
        upsert(docs, random, 60);
        check(docs, random);
        List<String> dead = model.keySet().stream().filter(id -> random.nextInt(9) == 0).toList();
        docs.delete(dead);
        model.keySet().removeAll(dead);
        docs.flush();
        check(docs, random);
        List<String> expiring =
            model.keySet().stream().filter(id -> random.nextInt(9) == 0).toList();
        docs.setTtl(expiring, Duration.ofMillis(1));
        check(docs, random);
        now.addAndGet(1_000);
        model.keySet().removeAll(expiring);
        check(docs, random);
        if (round % 3 == 1) {
          // What is not flushed is replayed from the log.
          Path copy = folder.resolveSibling(folder.getFileName() + "-copy");
          Folders.copy(folder, copy);
          engine.close();
          Folders.restore(copy, folder);
          Folders.delete(copy);
          engine = ProximaEngine.open(options());
          docs = engine.collection(DOCS);
          check(docs, random);
        }
        if (round % 3 == 2) {
          engine.maintain(DOCS);
          check(docs, random);
        }
      }
      docs.flush();
      engine.maintain(DOCS);
      check(docs, random);
      checkByIceberg();
    } finally {
      engine.close();
    }
  }

  private void checkByIceberg() throws IOException {
    try (Warehouse warehouse = Warehouse.open(options().catalog());
        CloseableIterable<Record> rows =
            IcebergGenerics.read(warehouse.load(DOCS).table()).build()) {
      int found = 0;
      for (Record row : rows) {
        found++;
        SparseVector wanted = model.get((String) row.getField("id")).sparseVectors().get("terms");
        Record terms = (Record) row.getField("terms");
        assertThat(
                SparseVector.ofStruct(
                    Map.of(
                        "indices", terms.getField("indices"), "values", terms.getField("values"))))
            .isEqualTo(wanted);
      }
      assertThat(found).isEqualTo(model.size());
    }
  }

  @Test
  void anEarlierSnapshotIsSearchedAsItWas() {
    Random random = Seed.random(getClass().getSimpleName() + ".snapshots");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, MIXED);
      upsert(docs, random, 40);
      docs.flush();
      Map<String, VectorRecord> before = new TreeMap<>(model);
      SnapshotInfo snapshot = docs.snapshots().get(docs.snapshots().size() - 1);
      upsert(docs, random, 40);
      docs.flush();
      model.clear();
      model.putAll(before);
      try (CollectionView view = docs.at(SnapshotRef.id(snapshot.id()))) {
        SparseVector query = RandomCollections.sparse(DIMENSION, random);
        check(
            view.search(SearchRequest.of(query, 50, "topics")),
            MIXED.sparseField("topics").orElseThrow(),
            query,
            50,
            -1);
      }
    }
  }

  @Test
  void aSparseFieldIsAddedToALiveCollection() {
    Random random = Seed.random(getClass().getSimpleName() + ".added");
    CollectionSchema schema =
        CollectionSchema.builder().vector(2, Metric.DOT).metadata("number", Scalar.LONG).build();
    ProximaEngine engine = ProximaEngine.open(options());
    Collection docs = create(engine, schema);
    upsert(docs, random, 30);
    docs.flush();
    upsert(docs, random, 30);
    docs.alter(SchemaChange.addVector(VectorField.sparse("terms", DIMENSION, Metric.DOT)));
    assertThat(docs.schema().sparseFields())
        .containsExactly(VectorField.sparse("terms", DIMENSION, Metric.DOT).asOptional());
    check(docs, random);
    upsert(docs, random, 30);
    // A record may go without it.
    VectorRecord without = VectorRecord.of("without", new float[] {1, 2}, Map.of("number", 5L));
    docs.upsert(List.of(without));
    model.put("without", without);
    check(docs, random);
    docs.flush();
    engine.maintain(DOCS);
    check(docs, random);
    engine.close();
    try (ProximaEngine reopened = ProximaEngine.open(options())) {
      check(reopened.collection(DOCS), random);
      assertThatThrownBy(() -> reopened.collection(DOCS).alter(SchemaChange.drop("terms")))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("it is a vector field");
    }
  }

  @Test
  void rowsOfOtherEnginesAreSearchedIfTheyAreVectors() {
    Random random = Seed.random(getClass().getSimpleName() + ".foreign");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, SPARSE_ONLY);
      upsert(docs, random, 20);
      docs.flush();
      try (Warehouse warehouse = Warehouse.open(options().catalog())) {
        CollectionTable table = warehouse.load(DOCS);
        List<Record> rows = new ArrayList<>();
        rows.add(foreign(table, "f1", List.of(1, 5), List.of(2f, 3f)));
        model.put(
            "f1",
            new VectorRecord("f1", Map.of(), Map.of("number", 1L), null)
                .withSparse("terms", SparseVector.of(new int[] {1, 5}, new float[] {2, 3})));
        // Neither ascending, nor below the dimension, nor as many: no candidates, and not shown.
        rows.add(foreign(table, "f2", List.of(5, 1), List.of(2f, 3f)));
        rows.add(foreign(table, "f3", List.of(DIMENSION), List.of(2f)));
        rows.add(foreign(table, "f4", List.of(1, 2), List.of(2f)));
        rows.add(foreign(table, "f5", List.of(1), List.of(Float.NaN)));
        for (int i = 2; i <= 5; i++) {
          model.put("f" + i, new VectorRecord("f" + i, Map.of(), Map.of("number", (long) i), null));
        }
        ForeignEngine foreign = new ForeignEngine(table, random);
        foreign.append(foreign.write(rows));
      }
      docs.refresh();
      for (int i = 0; i < 10; i++) {
        checkSearch(docs, random);
      }
      assertThat(docs.get("f1").orElseThrow().record().sparseVectors()).containsKey("terms");
      assertThat(docs.get("f2").orElseThrow().record().sparseVectors()).isEmpty();
      // A change of expiry makes no new version of what is no record.
      assertThat(docs.setTtl(List.of("f2"), Duration.ofDays(1)).count()).isZero();
      engine.maintain(DOCS);
      for (int i = 0; i < 10; i++) {
        checkSearch(docs, random);
      }
    }
  }

  private static Record foreign(
      CollectionTable table, String id, List<Integer> indices, List<Float> values) {
    Record row = GenericRecord.create(table.table().schema());
    row.setField("id", id);
    row.setField("number", Long.parseLong(id.substring(1)));
    Record terms = GenericRecord.create(table.table().schema().findType("terms").asStructType());
    terms.setField("indices", indices);
    terms.setField("values", values);
    row.setField("terms", terms);
    row.setField("_version", 1L);
    row.setField("_updated_at", OffsetDateTime.of(2020, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC));
    return row;
  }

  @Test
  void aVectorThatDoesNotFitIsRefused() {
    Random random = Seed.random(getClass().getSimpleName() + ".refused");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = create(engine, MIXED);
      VectorRecord good = record(MIXED, "a", 1, random);
      SparseVector far = SparseVector.of(new int[] {DIMENSION}, new float[] {1});
      refused(docs, good.withSparse("terms", far), "expected indices below " + DIMENSION);
      SparseVector zero = SparseVector.of(new int[] {3}, new float[] {0});
      refused(docs, good.withSparse("topics", zero), "all components are zero");
      refused(docs, good.withSparse("text", zero), "unknown sparse vector field 'text'");
      refused(
          docs,
          new VectorRecord("a", good.vectors(), good.metadata(), null),
          "no sparse vector for field 'terms'");
      docs.upsert(List.of(good.withSparse("terms", zero)));
      SparseVector query = SparseVector.of(new int[] {1}, new float[] {1});
      assertThatThrownBy(() -> docs.search(SearchRequest.of(query, 1, "text")))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("it is sparse and vector field 'text' is dense");
      assertThatThrownBy(() -> docs.search(SearchRequest.of(new float[4], 1).by("terms")))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("it is dense and vector field 'terms' is sparse");
      assertThatThrownBy(() -> docs.search(SearchRequest.of(far, 1, "terms")))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("expected indices below");
    }
  }

  private static void refused(Collection docs, VectorRecord record, String message) {
    assertThatThrownBy(() -> docs.upsert(List.of(record)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(message);
  }
}
