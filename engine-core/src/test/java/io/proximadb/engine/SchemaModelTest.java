package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.FlushResult;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SnapshotRef;
import io.proximadb.api.VersionedWrite;
import io.proximadb.error.ConflictException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random writes, changes of the schema, flushes, failures, restarts and crashes on a collection and
 * on a map: both hold the same records under the same schema at every step, and so does every
 * earlier snapshot.
 */
class SchemaModelTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final int STEPS = 120;
  private static final int IDS = 25;
  private static final int MAX_COLUMNS = 6;
  private static final int MAX_VECTORS = 3;
  private static final int MAX_VIEWS = 12;
  private static final List<Scalar> TYPES =
      List.of(Scalar.INT, Scalar.FLOAT, Scalar.STRING, Scalar.LONG);
  private static final List<String> FAILING =
      List.of(
          "alter.begun",
          "alter.committed",
          "alter.installed",
          "flush.frozen",
          "flush.staged",
          "flush.promoted",
          "flush.committed");

  @TempDir Path folder;

  private final Random random = Seed.random("SchemaModelTest");
  private final Map<Long, State> snapshots = new TreeMap<>();
  private volatile String failAt = "";
  private ProximaEngine engine;
  private Collection docs;
  private State model =
      new State(CollectionSchema.builder().vector(2, Metric.EUCLIDEAN).build(), new TreeMap<>());

  /** A schema and the records under it. */
  private record State(CollectionSchema schema, Map<String, VectorRecord> records) {
    State with(VectorRecord record) {
      Map<String, VectorRecord> changed = new TreeMap<>(records);
      changed.put(record.id(), record);
      return new State(schema, changed);
    }

    State without(String id) {
      Map<String, VectorRecord> changed = new TreeMap<>(records);
      changed.remove(id);
      return new State(schema, changed);
    }

    State after(SchemaChange change) {
      Map<String, VectorRecord> changed = new TreeMap<>();
      records.forEach((id, record) -> changed.put(id, after(change, record)));
      return new State(change.applyTo(schema), changed);
    }

    private static VectorRecord after(SchemaChange change, VectorRecord record) {
      Map<String, Object> metadata = new HashMap<>(record.metadata());
      if (change instanceof SchemaChange.DropColumn drop) {
        metadata.remove(drop.name());
      } else if (change instanceof SchemaChange.RenameColumn rename) {
        Object value = metadata.remove(rename.name());
        if (value != null) {
          metadata.put(rename.newName(), value);
        }
      } else if (change instanceof SchemaChange.WidenColumn widen) {
        metadata.computeIfPresent(
            widen.name(),
            (name, value) ->
                value instanceof Integer number
                    ? (Object) number.longValue()
                    : ((Number) value).doubleValue());
      }
      return new VectorRecord(record.id(), record.vectors(), metadata, null);
    }
  }

  private EngineOptions options() {
    return Engines.quiet(folder.resolve("warehouse"))
        .withFlush(64 << 20, Duration.ofDays(1))
        .withRefreshInterval(Duration.ZERO)
        .withFailPoints(
            step -> {
              if (step.equals(failAt)) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  @AfterEach
  void closeEngine() {
    failAt = "";
    if (engine != null) {
      engine.close();
    }
  }

  static List<String> layouts() {
    return StorageFormat.all().stream().map(StorageFormat::name).toList();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aCollectionWhoseSchemaChangesHoldsWhatAMapHolds(String layout) {
    engine = ProximaEngine.open(options());
    docs =
        engine.createCollection(
            DOCS, model.schema(), Map.of(StorageFormat.LAYOUT_PROPERTY, layout));
    for (int step = 0; step < STEPS; step++) {
      String done = operation();
      check("step " + step + ": " + done);
    }
    assertThat(snapshots).isNotEmpty();
  }

  private String operation() {
    int choice = random.nextInt(100);
    if (choice < 45) {
      return write();
    }
    if (choice < 55) {
      return compareAndSet();
    }
    if (choice < 60) {
      String id = id();
      docs.delete(List.of(id));
      model = model.without(id);
      return "delete " + id;
    }
    if (choice < 75) {
      return alter();
    }
    if (choice < 85) {
      return flush();
    }
    if (choice < 90) {
      return look();
    }
    return choice < 94 ? reopen() : crash();
  }

  private String id() {
    return "r" + random.nextInt(IDS);
  }

  private VectorRecord record(String id) {
    Map<String, float[]> vectors = new HashMap<>();
    for (VectorField field : model.schema().vectorFields()) {
      if (!field.optional() || random.nextBoolean()) {
        vectors.put(field.name(), new float[] {random.nextFloat(), random.nextFloat()});
      }
    }
    Map<String, Object> metadata = new HashMap<>();
    for (MetadataField field : model.schema().metadataFields()) {
      if (random.nextInt(3) > 0) {
        metadata.put(field.name(), value(field.type()));
      }
    }
    return new VectorRecord(id, vectors, metadata, null);
  }

  private Object value(FieldType type) {
    int number = random.nextInt(1_000);
    return switch ((Scalar) type) {
      case INT -> (Object) number;
      case LONG -> (long) number;
      case FLOAT -> number / 8f;
      case DOUBLE -> number / 8d;
      default -> "t" + number;
    };
  }

  private String write() {
    Map<String, VectorRecord> records = new TreeMap<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      String id = id();
      records.put(id, record(id));
    }
    docs.upsert(List.copyOf(records.values()));
    records.values().forEach(record -> model = model.with(record));
    if (random.nextInt(4) == 0) {
      // A new version that is otherwise equal, of rows in memory or in files of any schema.
      String id = id();
      docs.setTtl(List.of(id), Duration.ofDays(1_000));
      docs.removeTtl(List.of(id));
    }
    return "upsert " + records.keySet();
  }

  private String compareAndSet() {
    String id = id();
    VectorRecord record = record(id);
    long version = docs.get(id).map(found -> found.version()).orElse(VersionedWrite.ABSENT);
    assertThat(version == VersionedWrite.ABSENT).isEqualTo(!model.records().containsKey(id));
    assertThatThrownBy(
            () -> docs.compareAndSet(List.of(new VersionedWrite(id, record, version + 1))))
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("'" + id + "'");
    docs.compareAndSet(List.of(new VersionedWrite(id, record, version)));
    model = model.with(record);
    return "compare and set " + id;
  }

  private String alter() {
    List<SchemaChange> changes = new ArrayList<>();
    State after = model;
    for (int i = random.nextInt(2); i >= 0; i--) {
      SchemaChange change = change(after.schema());
      after = after.after(change);
      changes.add(change);
    }
    failAt = random.nextInt(3) == 0 ? FAILING.get(random.nextInt(FAILING.size())) : "";
    String step = failAt;
    try {
      docs.alter(changes.toArray(SchemaChange[]::new));
      model = after;
    } catch (UnavailableException e) {
      assertThat(e).hasMessageContaining(step);
      model = step.equals("alter.begun") ? model : after;
    }
    failAt = "";
    return "alter " + changes + ", failing at '" + step + "'";
  }

  private SchemaChange change(CollectionSchema schema) {
    List<MetadataField> columns = schema.metadataFields();
    int kind = random.nextInt(10);
    if (kind == 0 && schema.vectorFields().size() < MAX_VECTORS) {
      return SchemaChange.addVector(
          new VectorField("v" + schema.vectorFields().size(), 2, Metric.EUCLIDEAN));
    }
    if (columns.isEmpty() || (kind < 5 && columns.size() < MAX_COLUMNS)) {
      return SchemaChange.add(freeName(schema), TYPES.get(random.nextInt(TYPES.size())));
    }
    MetadataField column = columns.get(random.nextInt(columns.size()));
    if (column.type() == Scalar.INT) {
      return SchemaChange.widen(column.name(), Scalar.LONG);
    }
    if (column.type() == Scalar.FLOAT) {
      return SchemaChange.widen(column.name(), Scalar.DOUBLE);
    }
    return kind < 8
        ? SchemaChange.drop(column.name())
        : SchemaChange.rename(column.name(), freeName(schema));
  }

  /** Few names, so that dropped ones come back. */
  private String freeName(CollectionSchema schema) {
    String name = "c" + random.nextInt(2 * MAX_COLUMNS);
    return schema.metadataField(name).isEmpty() ? name : freeName(schema);
  }

  private String flush() {
    failAt = random.nextInt(4) == 0 ? FAILING.get(random.nextInt(FAILING.size())) : "";
    String step = failAt;
    try {
      FlushResult result = docs.flush();
      result.snapshotId().ifPresent(id -> snapshots.put(id, model));
      if (snapshots.size() > MAX_VIEWS) {
        snapshots.remove(List.copyOf(snapshots.keySet()).get(random.nextInt(MAX_VIEWS)));
      }
    } catch (UnavailableException e) {
      assertThat(e).hasMessageContaining(step);
    }
    failAt = "";
    if (random.nextInt(3) == 0) {
      engine.maintain(DOCS);
    }
    return "flush, failing at '" + step + "'";
  }

  private String look() {
    for (Map.Entry<Long, State> snapshot : snapshots.entrySet()) {
      try (CollectionView view = docs.at(SnapshotRef.id(snapshot.getKey()))) {
        // A snapshot has the schema of its commit: changes since the last flush come after it.
        assertThat(view.schema()).isEqualTo(snapshot.getValue().schema());
        assertThat(read(view.scan(ScanRequest.all()), view.schema()))
            .isEqualTo(expected(snapshot.getValue()));
      }
    }
    return "look at " + snapshots.keySet();
  }

  private String reopen() {
    failAt = random.nextBoolean() ? FAILING.get(3 + random.nextInt(4)) : "";
    engine.close();
    failAt = "";
    engine = ProximaEngine.open(options());
    docs = engine.collection(DOCS);
    return "reopen";
  }

  private String crash() {
    Path warehouse = folder.resolve("warehouse");
    Path backup = folder.resolve("backup");
    Folders.copy(warehouse, backup);
    engine.close();
    Folders.restore(backup, warehouse);
    Folders.delete(backup);
    engine = ProximaEngine.open(options());
    docs = engine.collection(DOCS);
    return "crash";
  }

  private void check(String step) {
    assertThat(docs.schema()).as(step).isEqualTo(model.schema());
    assertThat(read(docs.scan(ScanRequest.all()), model.schema()))
        .as(step)
        .isEqualTo(expected(model));
    Map<String, Map<String, String>> got = new TreeMap<>();
    docs.get(List.copyOf(model.records().keySet()))
        .forEach(record -> got.put(record.id(), text(record.record())));
    assertThat(got).as(step).isEqualTo(expected(model));
    for (VectorField field : model.schema().vectorFields()) {
      TreeSet<String> candidates = new TreeSet<>();
      model.records().values().stream()
          .filter(record -> record.vectors().containsKey(field.name()))
          .forEach(record -> candidates.add(record.id()));
      assertThat(
              docs.search(SearchRequest.of(new float[] {0.5f, 0.5f}, 100).by(field.name())).hits())
          .as("%s, search by %s", step, field.name())
          .extracting(SearchHit::id)
          .containsExactlyInAnyOrderElementsOf(candidates);
    }
  }

  private static Map<String, Map<String, String>> expected(State state) {
    Map<String, Map<String, String>> expected = new TreeMap<>();
    state.records().forEach((id, record) -> expected.put(id, text(record)));
    return expected;
  }

  private static Map<String, String> text(VectorRecord record) {
    Map<String, String> text = new TreeMap<>();
    record.vectors().forEach((name, vector) -> text.put(name, text(vector)));
    record.metadata().forEach((name, value) -> text.put(name, text(value)));
    return text;
  }

  /** The class too: a widened value is of another one. */
  private static String text(Object value) {
    return value instanceof float[] vector
        ? List.of(vector[0], vector[1]).toString()
        : value.getClass().getSimpleName() + " " + value;
  }

  private static Map<String, Map<String, String>> read(ScanResult scan, CollectionSchema schema) {
    List<String> names = new ArrayList<>();
    schema.vectorFields().forEach(field -> names.add(field.name()));
    schema.metadataFields().forEach(field -> names.add(field.name()));
    Map<String, Map<String, String>> rows = new TreeMap<>();
    try (scan) {
      while (scan.hasNext()) {
        ColumnBatch batch = scan.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          Map<String, String> row = new TreeMap<>();
          for (String name : names) {
            Object value = batch.column(name).value(i);
            if (value != null) {
              row.put(name, text(value));
            }
          }
          String id = (String) batch.column("id").value(i);
          assertThat(rows.put(id, row)).as("%s is there twice", id).isNull();
        }
      }
    }
    return rows;
  }
}
