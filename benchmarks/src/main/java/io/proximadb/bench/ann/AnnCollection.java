package io.proximadb.bench.ann;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorRecord;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/** The vectors of a set in a collection of an engine without background work. */
final class AnnCollection implements Closeable {
  private static final CollectionName NAME = CollectionName.parse("rows");
  private static final int BATCH_ROWS = 5_000;

  private final Path folder;
  private final AnnData data;
  private final Map<String, String> engineProperties;
  private ProximaEngine engine;
  private Collection collection;

  /** Makes an empty one; columns are of INT. */
  AnnCollection(Path folder, AnnData data, List<String> columns) {
    this(folder, data, columns, Map.of());
  }

  /** The same of an engine with properties of its own. */
  AnnCollection(
      Path folder, AnnData data, List<String> columns, Map<String, String> engineProperties) {
    this.folder = folder;
    this.data = data;
    this.engineProperties = engineProperties;
    this.engine = ProximaEngine.open(options());
    CollectionSchema.Builder schema =
        CollectionSchema.builder().vector(data.dimension(), data.metric());
    columns.forEach(column -> schema.metadata(column, Scalar.INT));
    // Builds by one thread, as the peers', and the same each time.
    this.collection =
        engine.createCollection(
            NAME, schema.build(), Map.of(MaintenanceSettings.INDEX_THREADS, "1"));
  }

  private EngineOptions options() {
    EngineOptions options =
        EngineOptions.local(folder).withCatalogProperty(MaintenanceOptions.THREADS, "0");
    for (Map.Entry<String, String> property : engineProperties.entrySet()) {
      options = options.withCatalogProperty(property.getKey(), property.getValue());
    }
    return options;
  }

  Collection collection() {
    return collection;
  }

  /** Opens it again, with nothing in memory. */
  void reopen() {
    engine.close();
    engine = ProximaEngine.open(options());
    collection = engine.collection(NAME);
  }

  /** Writes rows of the set, which are known by their numbers; metadata by row. */
  void write(int[] rows, IntFunction<Map<String, ?>> metadata) {
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      records.add(
          VectorRecord.of(Integer.toString(rows[i]), row(rows[i]), metadata.apply(rows[i])));
      if (records.size() == BATCH_ROWS || i == rows.length - 1) {
        collection.upsert(records);
        records.clear();
      }
    }
  }

  /** Has another vector in the place of a row's. */
  void upsert(int row, float[] vector) {
    collection.upsert(List.of(VectorRecord.of(Integer.toString(row), vector, Map.of())));
  }

  /** Deletes rows by their numbers. */
  void delete(int[] rows) {
    for (int from = 0; from < rows.length; from += BATCH_ROWS) {
      int to = Math.min(rows.length, from + BATCH_ROWS);
      collection.delete(Arrays.stream(rows, from, to).mapToObj(Integer::toString).toList());
    }
  }

  /** Has an index, and waits for it. */
  IndexInfo index(IndexDefinition definition) {
    collection.createIndex(definition);
    collection.optimize();
    return collection.indexes().stream()
        .filter(index -> index.definition().equals(definition))
        .findFirst()
        .orElseThrow();
  }

  float[] row(int row) {
    return Arrays.copyOfRange(data.base(), row * data.dimension(), (row + 1) * data.dimension());
  }

  float[] query(int query) {
    return Arrays.copyOfRange(
        data.queries(), query * data.dimension(), (query + 1) * data.dimension());
  }

  /** A search as a program would ask that wants ids only. */
  SearchRequest request(int query, Filter filter) {
    return SearchRequest.of(query(query), data.k()).where(filter).returning(List.of());
  }

  static Set<String> ids(List<SearchHit> hits) {
    Set<String> ids = new HashSet<>();
    hits.forEach(hit -> ids.add(hit.id()));
    return ids;
  }

  @Override
  public void close() {
    engine.close();
  }
}
