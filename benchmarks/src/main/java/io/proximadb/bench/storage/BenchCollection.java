package io.proximadb.bench.storage;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.StorageFormat;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

/** A collection of its own in a warehouse of its own, by an engine of its own. */
final class BenchCollection implements Closeable {
  static final CollectionName NAME = CollectionName.parse("bench.storage");

  /** Records of one write call. */
  static final int BATCH = 1_000;

  private final ProximaEngine engine;
  private final Collection collection;

  private BenchCollection(ProximaEngine engine, Collection collection) {
    this.engine = engine;
    this.collection = collection;
  }

  /** The embedded default, maintained only when a part of the benchmark says so. */
  static EngineOptions quiet(Path warehouse) {
    return EngineOptions.local(warehouse).withCatalogProperty(MaintenanceOptions.THREADS, "0");
  }

  /** Makes the collection of a layout for the vectors of a set. */
  static BenchCollection create(EngineOptions options, VectorSet set, String layout) {
    return create(options, set, Map.of(StorageFormat.LAYOUT_PROPERTY, layout));
  }

  /** Makes the collection with table properties. */
  static BenchCollection create(
      EngineOptions options, VectorSet set, Map<String, String> properties) {
    ProximaEngine engine = ProximaEngine.open(options);
    CollectionSchema schema =
        CollectionSchema.builder().vector(set.dimension(), set.metric()).build();
    return new BenchCollection(engine, engine.createCollection(NAME, schema, properties));
  }

  /** Opens the collection that another one left. */
  static BenchCollection open(EngineOptions options) {
    ProximaEngine engine = ProximaEngine.open(options);
    return new BenchCollection(engine, engine.collection(NAME));
  }

  ProximaEngine engine() {
    return engine;
  }

  Collection collection() {
    return collection;
  }

  static String id(int number) {
    return String.format(Locale.ROOT, "doc-%09d", number);
  }

  /** Upserts records, the n-th of them with a number and the vector of the same number. */
  void upsert(VectorSet set, int count, IntUnaryOperator numberOf) {
    upsert(set, count, numberOf, IntUnaryOperator.identity());
  }

  /**
   * Upserts records whose vectors have other numbers than they.
   *
   * @param vectorOf the number of a record's vector by that of the record
   */
  void upsert(VectorSet set, int count, IntUnaryOperator numberOf, IntUnaryOperator vectorOf) {
    for (int from = 0; from < count; from += BATCH) {
      List<VectorRecord> batch = new ArrayList<>(BATCH);
      for (int i = from; i < Math.min(count, from + BATCH); i++) {
        int number = numberOf.applyAsInt(i);
        batch.add(VectorRecord.of(id(number), set.row(vectorOf.applyAsInt(number)), Map.of()));
      }
      collection.upsert(batch);
    }
  }

  /** Upserts all vectors of a set in their order. */
  void load(VectorSet set) {
    upsert(set, set.count(), i -> i);
  }

  /** Flushes and does all maintenance there is. */
  List<MaintenanceResult> settle() {
    collection.flush();
    List<MaintenanceResult> results = engine.maintain(NAME);
    collection.refresh();
    return results;
  }

  /** The ids that a search finds. */
  Set<String> search(SearchRequest request) {
    return collection.search(request).hits().stream()
        .map(SearchHit::id)
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    engine.close();
  }
}
