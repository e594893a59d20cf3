package io.proximadb.bench.text;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.Fusion;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridRequest.Part;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.embed.MiniLmEmbedder;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Known-item search over WordNet: a query is an example of a synset, taken out of its gloss, and is
 * to find that synset among all by words and definition. Dense by MiniLM, sparse by BM25 as a dot
 * product, and both fused. How they are fused is chosen on other queries than those measured.
 */
public final class HybridBenchmark implements Benchmark {
  private static final CollectionName NAME = CollectionName.parse("bench.glosses");
  private static final String DENSE = "vector";
  private static final String SPARSE = "terms";
  private static final int BATCH = 2_000;
  private static final int DEPTH = 100;
  private static final long BOOTSTRAP_SEED = 7;

  private static final List<Fusion> FUSIONS =
      List.of(Fusion.reciprocalRank(), Fusion.weightedDistances());
  private static final double[] WEIGHTS = {0.5, 0.7, 1, 1.5};

  private final Path cache;

  public HybridBenchmark() {
    this(Embeddings.usualCache());
  }

  HybridBenchmark(Path cache) {
    this.cache = cache;
  }

  @Override
  public String name() {
    return "hybrid";
  }

  @Override
  public String description() {
    return "find WordNet synsets by held-out examples: dense, sparse, both fused (MRR@10)";
  }

  /** One query in both forms, and the id that it is to find. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Query(float[] dense, SparseVector sparse, String wanted) {}

  /** How rankings are fused. */
  private record Setting(Fusion fusion, double weight) {
    HybridRequest request(Query query) {
      return HybridRequest.of(
              Ranks.CUT,
              Part.of(query.dense, DENSE).depth(DEPTH),
              Part.of(query.sparse, SPARSE).depth(DEPTH).weight(weight))
          .by(fusion)
          .returning(List.of());
    }

    @Override
    public String toString() {
      String by =
          fusion instanceof Fusion.ReciprocalRank reciprocal
              ? "RRF " + Math.round(reciprocal.constant())
              : "weighted distances";
      return by + ", sparse weight " + weight;
    }
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean isShort = context.form() == BenchmarkContext.Form.SHORT;
    List<Glosses.Synset> synsets =
        Glosses.read(context.dataFolders(), isShort ? 1_500 : Integer.MAX_VALUE);
    List<String> texts = synsets.stream().map(Glosses.Synset::text).toList();
    GlossQueries drawn = GlossQueries.draw(synsets, isShort ? 100 : 2_000);
    float[] vectors = Embeddings.of(texts, cache, context);
    float[] queryVectors = Embeddings.of(drawn.texts(), cache, context);
    TermWeights weights = TermWeights.of(texts);
    List<Query> queries = new ArrayList<>();
    for (int i = 0; i < drawn.size(); i++) {
      queries.add(
          new Query(
              row(queryVectors, i),
              weights.query(drawn.texts().get(i)),
              synsets.get(drawn.targets().get(i)).id()));
    }
    EngineOptions options =
        EngineOptions.local(context.scratch().resolve("warehouse"))
            .withCatalogProperty(MaintenanceOptions.THREADS, "0");
    try (ProximaEngine engine = ProximaEngine.open(options)) {
      context.progress("writing " + synsets.size() + " records");
      Collection collection = load(engine, synsets, vectors, weights);
      int half = queries.size() / 2;
      context.progress("choosing the fusion by " + half + " queries");
      Setting chosen = tune(collection, queries.subList(0, half));
      context.progress("measuring by " + (queries.size() - half) + " others: " + chosen);
      return measure(collection, queries.subList(half, queries.size()), chosen, synsets.size());
    }
  }

  private static float[] row(float[] vectors, int row) {
    return Arrays.copyOfRange(
        vectors, row * MiniLmEmbedder.DIMENSION, (row + 1) * MiniLmEmbedder.DIMENSION);
  }

  private static Collection load(
      ProximaEngine engine, List<Glosses.Synset> synsets, float[] vectors, TermWeights weights) {
    Collection collection =
        engine.createCollection(
            NAME,
            CollectionSchema.builder()
                .vector(MiniLmEmbedder.DIMENSION, Metric.COSINE)
                .sparse(SPARSE, weights.dimension(), Metric.DOT)
                .metadata("category", FieldType.Scalar.STRING)
                .build());
    for (int from = 0; from < synsets.size(); from += BATCH) {
      List<VectorRecord> batch = new ArrayList<>();
      for (int i = from; i < Math.min(synsets.size(), from + BATCH); i++) {
        Glosses.Synset synset = synsets.get(i);
        batch.add(
            VectorRecord.of(synset.id(), row(vectors, i), Map.of("category", synset.category()))
                .withSparse(SPARSE, weights.document(i)));
      }
      collection.upsert(batch);
    }
    collection.createIndex(IndexDefinition.of("by_terms", "sparse", SPARSE));
    collection.optimize();
    return collection;
  }

  /** The setting of the highest mean over queries that are not measured. */
  private static Setting tune(Collection collection, List<Query> queries) {
    Setting best = new Setting(FUSIONS.get(0), 1);
    double highest = -1;
    for (Fusion fusion : FUSIONS) {
      for (double weight : WEIGHTS) {
        Setting setting = new Setting(fusion, weight);
        double mean = Ranks.mean(hybrid(collection, queries, setting));
        if (mean > highest) {
          highest = mean;
          best = setting;
        }
      }
    }
    return best;
  }

  private static double[] hybrid(Collection collection, List<Query> queries, Setting setting) {
    return queries.stream()
        .mapToDouble(
            query ->
                Ranks.reciprocal(
                    collection.search(setting.request(query)).hits().stream()
                        .map(HybridResponse.Hit::id)
                        .toList(),
                    query.wanted))
        .toArray();
  }

  private static double[] single(Collection collection, List<Query> queries, boolean isSparse) {
    return queries.stream()
        .mapToDouble(
            query -> {
              SearchRequest request =
                  isSparse
                      ? SearchRequest.of(query.sparse, Ranks.CUT, SPARSE)
                      : SearchRequest.of(query.dense, Ranks.CUT).exactly();
              return Ranks.reciprocal(
                  collection.search(request.returning(List.of())).hits().stream()
                      .map(SearchHit::id)
                      .toList(),
                  query.wanted);
            })
        .toArray();
  }

  private static List<Figure> measure(
      Collection collection, List<Query> queries, Setting chosen, int records) {
    double[] dense = single(collection, queries, false);
    double[] sparse = single(collection, queries, true);
    double[] usual = hybrid(collection, queries, new Setting(Fusion.reciprocalRank(), 1));
    double[] hybrid = hybrid(collection, queries, chosen);
    boolean denseIsBetter = Ranks.mean(dense) >= Ranks.mean(sparse);
    double[] better = denseIsBetter ? dense : sparse;
    String by = denseIsBetter ? "dense alone" : "sparse alone";
    String data = String.format(Locale.ROOT, "%,d synsets, %,d queries", records, queries.size());
    List<Figure> figures = new ArrayList<>();
    figures.add(Figure.of("dense.mrr10", Ranks.mean(dense), "MRR", data + ", MiniLM, exact"));
    figures.add(Figure.of("sparse.mrr10", Ranks.mean(sparse), "MRR", data + ", BM25"));
    figures.add(Figure.of("rrf.mrr10", Ranks.mean(usual), "MRR", data + ", RRF 60, equal weights"));
    figures.add(Figure.of("hybrid.mrr10", Ranks.mean(hybrid), "MRR", data + ", " + chosen));
    gain("rrf", usual, better, data, by, figures);
    gain("hybrid", hybrid, better, data, by, figures);
    return figures;
  }

  private static void gain(
      String name, double[] ours, double[] better, String data, String by, List<Figure> figures) {
    Ranks.Interval interval = Ranks.interval(ours, better, BOOTSTRAP_SEED);
    Figure gain =
        Figure.of(name + ".gain", Ranks.mean(ours) - Ranks.mean(better), "MRR", data).peer(by);
    figures.add(gain);
    Figure low =
        Figure.of(
                name + ".gain-low",
                interval.low(),
                "MRR",
                String.format(
                    Locale.ROOT, "%s, 95%% interval to %.4f, bootstrap", data, interval.high()))
            .peer(by);
    figures.add(name.equals("hybrid") ? low.mustBe(Bar.above(0)) : low);
  }
}
