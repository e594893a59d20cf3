package io.proximadb.engine;

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
import io.proximadb.api.SnapshotRef;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.FencedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Changes of the schema while a collection is read and written, by its engine and by others. */
class SchemaEvolutionTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final VectorField IMAGE = new VectorField("image", 2, Metric.EUCLIDEAN);

  @TempDir Path folder;

  private EngineOptions options() {
    return Engines.quiet(folder.resolve("warehouse"))
        .withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO);
  }

  private Warehouse warehouse() {
    return Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
  }

  private static VectorRecord with(VectorRecord record, String column, Object value) {
    Map<String, Object> metadata = new HashMap<>(record.metadata());
    metadata.put(column, value);
    return new VectorRecord(record.id(), record.vectors(), metadata, record.expiresAt());
  }

  private static VectorRecord without(VectorRecord record, String column) {
    Map<String, Object> metadata = new HashMap<>(record.metadata());
    metadata.remove(column);
    return new VectorRecord(record.id(), record.vectors(), metadata, record.expiresAt());
  }

  private static VectorRecord withImage(VectorRecord record, float... image) {
    Map<String, float[]> vectors = new HashMap<>(record.vectors());
    vectors.put("image", image);
    return new VectorRecord(record.id(), vectors, record.metadata(), record.expiresAt());
  }

  /** Column values by id, by scan and by get alike; null values too. */
  static Map<String, Object> column(Collection docs, String name) {
    Map<String, Object> values = new TreeMap<>();
    try (ScanResult scan = docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", name)))) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          values.put((String) batch.column("id").value(i), batch.column(name).value(i));
        }
      }
    }
    Map<String, Object> got = new TreeMap<>();
    docs.get(List.copyOf(values.keySet()))
        .forEach(record -> got.put(record.id(), record.record().metadata().get(name)));
    assertThat(got).isEqualTo(values);
    return values;
  }

  static Map<String, Object> map(Object... idsAndValues) {
    Map<String, Object> map = new TreeMap<>();
    for (int i = 0; i < idsAndValues.length; i += 2) {
      map.put((String) idsAndValues[i], idsAndValues[i + 1]);
    }
    return map;
  }

  private static List<String> search(Collection docs, String field, float... query) {
    return docs.search(SearchRequest.of(query, 100).by(field)).hits().stream()
        .map(SearchHit::id)
        .toList();
  }

  @Test
  void columnsAreAddedRenamedWidenedAndDropped() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.alter(SchemaChange.add("stars", Scalar.INT), SchemaChange.add("price", Scalar.FLOAT));
      docs.upsert(List.of(with(Records.of("file", 1), "stars", 1)));
      docs.flush();
      docs.upsert(List.of(with(with(Records.of("memory", 2), "stars", 2), "price", 0.5f)));

      docs.alter(
          SchemaChange.widen("stars", Scalar.LONG),
          SchemaChange.rename("stars", "rating"),
          SchemaChange.widen("price", Scalar.DOUBLE),
          SchemaChange.drop("category"),
          SchemaChange.add("note", Scalar.STRING));
      assertThat(docs.schema().metadataFields())
          .containsExactly(
              new MetadataField("number", Scalar.LONG),
              new MetadataField("rating", Scalar.LONG),
              new MetadataField("price", Scalar.DOUBLE),
              new MetadataField("note", Scalar.STRING));
      assertThatThrownBy(() -> docs.upsert(List.of(Records.of("old", 3))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'category'");
      docs.upsert(
          List.of(
              with(
                  with(without(Records.of("new", 3), "category"), "rating", 1L << 40),
                  "note",
                  "n")));
      for (int time = 0; time < 2; time++) {
        assertThat(column(docs, "rating"))
            .isEqualTo(map("file", 1L, "memory", 2L, "new", 1L << 40));
        assertThat(column(docs, "price")).isEqualTo(map("file", null, "memory", 0.5, "new", null));
        assertThat(column(docs, "note")).isEqualTo(map("file", null, "memory", null, "new", "n"));
        assertThat(
                docs.search(
                        SearchRequest.of(Records.vector(1), 9)
                            .where(Filter.compare("rating", Filter.Operator.LE, 2)))
                    .hits())
            .extracting(SearchHit::id)
            .containsExactlyInAnyOrder("file", "memory");
        assertThatThrownBy(
                () ->
                    docs.search(
                        SearchRequest.of(Records.vector(1), 9)
                            .where(Filter.equal("category", "c1"))))
            .isInstanceOf(InvalidArgumentException.class);
        docs.flush();
      }
    }
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = warehouse()) {
      assertThat(column(engine.collection(DOCS), "rating"))
          .isEqualTo(map("file", 1L, "memory", 2L, "new", 1L << 40));
      assertThat(Tables.numbersByIceberg(warehouse.load(DOCS))).hasSize(3);
    }
  }

  @Test
  void aColumnThatComesBackUnderItsNameIsANewOne() {
    Path warehouse = folder.resolve("warehouse");
    Path crashed = folder.resolve("crashed");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("file", 1)));
      docs.flush();
      docs.upsert(List.of(Records.of("memory", 2)));
      assertThat(column(docs, "category")).isEqualTo(map("file", "c1", "memory", "c2"));
      SearchRequest filtered =
          SearchRequest.of(Records.vector(1), 9).where(Filter.equal("category", "c1"));
      assertThat(docs.search(filtered).hits()).hasSize(1);
      docs.alter(SchemaChange.drop("category"), SchemaChange.add("category", Scalar.STRING));
      docs.upsert(List.of(Records.of("after", 3)));
      Map<String, Object> expected = map("file", null, "memory", null, "after", "c3");
      assertThat(column(docs, "category")).isEqualTo(expected);
      assertThat(docs.search(filtered).hits()).isEmpty();
      Folders.copy(warehouse, crashed);
      docs.flush();
      assertThat(column(docs, "category")).isEqualTo(expected);
    }
    Folders.restore(crashed, warehouse);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      assertThat(docs.describe().unflushedRecords()).isEqualTo(2);
      assertThat(column(docs, "category"))
          .isEqualTo(map("file", null, "memory", null, "after", "c3"));
    }
  }

  @Test
  void recordsOfTheLogAreWidenedAndRenamedAfterACrash() {
    Path warehouse = folder.resolve("warehouse");
    Path crashed = folder.resolve("crashed");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.alter(SchemaChange.add("stars", Scalar.INT));
      docs.upsert(List.of(with(Records.of("a", 1), "stars", 5)));
      docs.setTtl(List.of("a"), Duration.ofDays(1));
      docs.alter(
          SchemaChange.widen("stars", Scalar.LONG),
          SchemaChange.rename("stars", "rating"),
          SchemaChange.addVector(IMAGE));
      Folders.copy(warehouse, crashed);
    }
    Folders.restore(crashed, warehouse);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      assertThat(column(docs, "rating")).isEqualTo(map("a", 5L));
      assertThat(docs.get("a").orElseThrow().record().expiresAt()).isNotNull();
      docs.flush();
      assertThat(column(docs, "rating")).isEqualTo(map("a", 5L));
    }
  }

  @Test
  void recordsWithoutAnAddedVectorAreNoCandidatesByIt() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("file", 1), Records.of("later", 2)));
      docs.flush();
      docs.upsert(List.of(Records.of("memory", 3)));
      docs.alter(SchemaChange.addVector(IMAGE));
      assertThat(docs.schema().vectorField("image").orElseThrow().optional()).isTrue();
      assertThat(search(docs, "image", 0, 0)).isEmpty();
      docs.upsert(
          List.of(
              withImage(Records.of("new", 4), 1, 1),
              withImage(Records.of("later", 5), 2, 2),
              Records.of("plain", 6)));
      docs.setTtl(List.of("file"), Duration.ofDays(1));
      for (int time = 0; time < 2; time++) {
        assertThat(search(docs, "image", 0, 0)).containsExactly("new", "later");
        assertThat(search(docs, "vector", Records.vector(1))).hasSize(5);
        assertThat(docs.get("file").orElseThrow().record().vectors()).containsOnlyKeys("vector");
        assertThat(docs.get("new").orElseThrow().record().vectors().get("image"))
            .containsExactly(1, 1);
        assertThat(
                docs.search(
                        SearchRequest.of(new float[] {0, 0}, 9)
                            .by("image")
                            .where(Filter.compare("number", Filter.Operator.GE, 5)))
                    .hits())
            .extracting(SearchHit::id)
            .containsExactly("later");
        Map<String, Boolean> nulls = new TreeMap<>();
        try (ScanResult scan =
            docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", "image")))) {
          while (scan.hasNext()) {
            ColumnBatch batch = scan.next();
            for (int i = 0; i < batch.rowCount(); i++) {
              nulls.put((String) batch.column("id").value(i), batch.column("image").isNull(i));
            }
          }
        }
        assertThat(nulls)
            .isEqualTo(
                Map.of("file", true, "later", false, "memory", true, "new", false, "plain", true));
        docs.flush();
      }
      assertThatThrownBy(() -> docs.upsert(List.of(withImage(Records.of("bad", 1), 1, 2, 3))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'image'");
    }
    try (Warehouse warehouse = warehouse()) {
      assertThat(Tables.numbersByIceberg(warehouse.load(DOCS))).hasSize(5);
    }
  }

  @Test
  void readersKeepTheSchemaThatTheyBeganWith() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("file", 1)));
      long snapshot = docs.flush().snapshotId().orElseThrow();
      docs.upsert(List.of(Records.of("memory", 2)));
      List<Object> categories = new ArrayList<>();
      try (ScanResult scan = docs.scan(ScanRequest.all())) {
        docs.alter(
            SchemaChange.rename("category", "kind"), SchemaChange.add("category", Scalar.INT));
        docs.upsert(List.of(with(without(Records.of("new", 3), "category"), "category", 7)));
        docs.flush();
        while (scan.hasNext()) {
          ColumnBatch batch = scan.next();
          for (int i = 0; i < batch.rowCount(); i++) {
            categories.add(batch.column("category").value(i));
          }
        }
      }
      assertThat(categories).containsExactlyInAnyOrder("c1", "c2");
      assertThat(column(docs, "kind")).isEqualTo(map("file", "c1", "memory", "c2", "new", null));
      assertThat(column(docs, "category")).isEqualTo(map("file", null, "memory", null, "new", 7));
      try (CollectionView view = docs.at(SnapshotRef.id(snapshot))) {
        assertThat(view.schema()).isEqualTo(Records.schema());
        assertThat(view.get("file").orElseThrow().record().metadata())
            .containsEntry("category", "c1");
      }
    }
  }

  @Test
  void aChangeOfAnotherEngineIsTakenIn() {
    try (Warehouse warehouse = warehouse();
        ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("file", 1)));
      docs.flush();
      docs.upsert(List.of(Records.of("memory", 2)));
      CollectionTable table = warehouse.load(DOCS);
      table
          .table()
          .updateSchema()
          .renameColumn("category", "kind")
          .addColumn("added", Types.IntegerType.get())
          .commit();
      assertThat(column(docs, "kind")).isEqualTo(map("file", "c1", "memory", "c2"));
      docs.upsert(List.of(with(without(Records.of("new", 3), "category"), "added", 3)));
      table.table().updateSchema().updateColumn("added", Types.LongType.get()).commit();
      assertThat(column(docs, "added")).isEqualTo(map("file", null, "memory", null, "new", 3L));
      docs.flush();
      assertThat(column(docs, "added")).isEqualTo(map("file", null, "memory", null, "new", 3L));
      assertThat(Tables.numbersByIceberg(table)).hasSize(3);
    }
  }

  @Test
  void aWriteThatWasCheckedBeforeAChangeIsCheckedAgain() {
    List<Runnable> meanwhile = new ArrayList<>();
    EngineOptions options =
        options()
            .withFailPoints(
                step -> {
                  if (step.equals("write.checked") && !meanwhile.isEmpty()) {
                    meanwhile.remove(0).run();
                  }
                });
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      meanwhile.add(
          () -> docs.alter(SchemaChange.drop("number"), SchemaChange.add("number", Scalar.LONG)));
      docs.upsert(List.of(Records.of("a", 1)));
      assertThat(docs.schema().metadataFields())
          .extracting(MetadataField::name)
          .containsExactly("category", "number");
      assertThat(column(docs, "number")).isEqualTo(map("a", 1L));
      meanwhile.add(() -> docs.alter(SchemaChange.drop("category")));
      assertThatThrownBy(() -> docs.upsert(List.of(Records.of("b", 2))))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'category'");
      docs.flush();
      assertThat(column(docs, "number")).isEqualTo(map("a", 1L));
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(column(engine.collection(DOCS), "number")).isEqualTo(map("a", 1L));
    }
  }

  @Test
  void writersGoOnWhileTheSchemaChanges() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      AtomicBoolean stop = new AtomicBoolean();
      Map<String, Object> written = new TreeMap<>();
      CompletableFuture<Void> writer =
          CompletableFuture.runAsync(
              () -> {
                for (long i = 0; !stop.get(); i++) {
                  VectorRecord record = without(Records.of("r" + i % 50, i), "category");
                  docs.upsert(List.of(record));
                  written.put(record.id(), i);
                  if (i % 40 == 0) {
                    docs.flush();
                  }
                }
              });
      for (int i = 0; i < 6; i++) {
        docs.alter(SchemaChange.add("added" + i, Scalar.INT));
        docs.alter(
            i % 2 == 0
                ? SchemaChange.drop("added" + i)
                : SchemaChange.rename("added" + i, "renamed" + i));
      }
      stop.set(true);
      writer.join();
      assertThat(column(docs, "number")).isEqualTo(written);
      docs.flush();
      assertThat(column(docs, "number")).isEqualTo(written);
      assertThat(docs.schema().metadataFields())
          .extracting(MetadataField::name)
          .containsExactly("category", "number", "renamed1", "renamed3", "renamed5");
    }
  }

  @Test
  void changesThatDoNotFitAreRefusedAsAWhole() {
    try (ProximaEngine engine = ProximaEngine.open(options());
        Warehouse warehouse = warehouse()) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      refused(docs, "'nothing'", SchemaChange.drop("nothing"));
      refused(docs, "'vector': it is a vector field", SchemaChange.drop("vector"));
      refused(docs, "stands twice", SchemaChange.add("CATEGORY", Scalar.INT));
      refused(docs, "reserved", SchemaChange.add("expires_at", Scalar.INT));
      refused(docs, "reserved", SchemaChange.rename("number", "id"));
      refused(docs, "INT to LONG", SchemaChange.widen("number", Scalar.DOUBLE));
      refused(docs, "INT to LONG", SchemaChange.widen("category", Scalar.LONG));
      refused(
          docs,
          "optional vector fields: 5",
          java.util.stream.IntStream.range(0, 5)
              .mapToObj(i -> SchemaChange.addVector(new VectorField("v" + i, 2, Metric.DOT)))
              .toArray(SchemaChange[]::new));
      docs.alter();
      assertThat(docs.schema()).isEqualTo(Records.schema());
      docs.upsert(List.of(Records.of("a", 1)));
      docs.flush();
      Tables.raiseEpoch(warehouse.load(DOCS));
      assertThatThrownBy(() -> docs.alter(SchemaChange.add("late", Scalar.INT)))
          .isInstanceOf(FencedException.class);
      assertThat(docs.schema()).isEqualTo(Records.schema());
    }
  }

  private static void refused(Collection docs, String message, SchemaChange... changes) {
    List<SchemaChange> all = new ArrayList<>(List.of(SchemaChange.add("fine", Scalar.INT)));
    all.addAll(List.of(changes));
    assertThatThrownBy(() -> docs.alter(all.toArray(SchemaChange[]::new)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(message);
  }
}
