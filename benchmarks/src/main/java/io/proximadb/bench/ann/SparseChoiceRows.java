package io.proximadb.bench.ann;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.AxisOptions;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.bench.text.SparseTexts;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.maintenance.MaintenanceSettings;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Term weights of texts, in an engine without background work. */
final class SparseChoiceRows implements ChoiceRows {
  private static final CollectionName NAME = CollectionName.parse("texts");
  private static final String FIELD = "terms";
  private static final int K = 10;
  private static final int BATCH_ROWS = 5_000;

  /** A collection has a dense field, too; this one is of no use here. */
  private static final float[] DENSE = {1};

  private final Path folder;
  private final SparseTexts texts;
  private ProximaEngine engine;
  private Collection collection;

  SparseChoiceRows(Path folder, SparseTexts texts) {
    this.folder = folder;
    this.texts = texts;
    this.engine = ProximaEngine.open(options());
    this.collection =
        engine.createCollection(
            NAME,
            CollectionSchema.builder()
                .vector(DENSE.length, Metric.EUCLIDEAN)
                .sparse(FIELD, texts.dimension(), Metric.DOT)
                .metadata(PART, Scalar.INT)
                .build(),
            Map.of(MaintenanceSettings.INDEX_THREADS, "1"));
  }

  private EngineOptions options() {
    return EngineOptions.local(folder)
        .withCatalogProperty(MaintenanceOptions.THREADS, "0")
        .withCatalogProperty(AxisOptions.CHECK_SHARE, Double.toString(AxisOptions.MAX_CHECK_SHARE));
  }

  @Override
  public String name() {
    return "wordnet-terms-" + texts.dimension();
  }

  @Override
  public String field() {
    return FIELD;
  }

  @Override
  public int rows() {
    return texts.rows().size();
  }

  @Override
  public Collection collection() {
    return collection;
  }

  @Override
  public void reopen() {
    engine.close();
    engine = ProximaEngine.open(options());
    collection = engine.collection(NAME);
  }

  @Override
  public void write(int from, int to) {
    List<VectorRecord> records = new ArrayList<>();
    for (int row = from; row < to; row++) {
      records.add(
          VectorRecord.of(Integer.toString(row), DENSE, Map.of(PART, ChoiceRows.part(row)))
              .withSparse(FIELD, texts.rows().get(row)));
      if (records.size() == BATCH_ROWS || row == to - 1) {
        collection.upsert(records);
        records.clear();
      }
    }
  }

  @Override
  public List<SearchRequest> requests(Filter filter, double recall) {
    return texts.queries().stream()
        .map(
            query ->
                SearchRequest.of(query, K, FIELD).where(filter).returning(List.of()).recall(recall))
        .toList();
  }

  @Override
  public boolean fits(Strategy strategy) {
    return strategy.isScan() || strategy.type().equals("sparse");
  }

  @Override
  public void close() {
    engine.close();
  }
}
