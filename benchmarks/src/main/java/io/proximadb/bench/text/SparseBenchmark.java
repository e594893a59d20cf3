package io.proximadb.bench.text;

import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.NewerJava;
import io.proximadb.bench.Passes;
import io.proximadb.index.flat.SparseSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.index.sparse.SparseIndex;
import io.proximadb.index.sparse.SparseIndexBuilder;
import io.proximadb.index.sparse.SparseIndexSearch;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Term weights of WordNet's glosses: the inverted index against a comparison with every vector in
 * memory, whose answers it has to give to the last bit, and against Lucene.
 */
public final class SparseBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int PASSES = 5;

  /** Every so many queries are also compared with every vector, which takes long. */
  private static final int COMPARED_SHARE = 20;

  private static final String LUCENE = "Lucene 10 feature field";
  private static final String ALL_ROWS = "every vector in memory compared";

  @Override
  public String name() {
    return "sparse";
  }

  @Override
  public String description() {
    return "exact top 10 of term weights: inverted index, every vector compared, Lucene";
  }

  /** Rows, their index, and queries. */
  private record Data(
      List<SparseVector> rows,
      SparseIndex index,
      VectorField field,
      List<SparseVector> queries,
      List<String> ids) {

    List<TopK.Candidate> byIndex(SparseVector query) {
      TopK top = new TopK(K, row -> ids.get((int) row));
      SparseSearch search = new SparseSearch(field, query, top);
      new SparseIndexSearch(index, search).run(0, (@Nullable IntPredicate) null);
      return top.best();
    }

    List<TopK.Candidate> byAllRows(SparseVector query) {
      TopK top = new TopK(K, row -> ids.get((int) row));
      SparseSearch search = new SparseSearch(field, query, top);
      for (int row = 0; row < rows.size(); row++) {
        search.add(rows.get(row), row);
      }
      return top.best();
    }
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean isShort = context.form() == BenchmarkContext.Form.SHORT;
    List<Glosses.Synset> synsets =
        Glosses.read(context.dataFolders(), isShort ? 2_000 : Integer.MAX_VALUE);
    GlossQueries drawn = GlossQueries.draw(synsets, isShort ? 40 : 1_000);
    TermWeights weights = TermWeights.of(synsets.stream().map(Glosses.Synset::text).toList());
    List<Figure> figures = new ArrayList<>();
    for (Metric metric : List.of(Metric.DOT, Metric.COSINE)) {
      measure(context, metric, synsets, drawn, weights, figures);
    }
    return figures;
  }

  private static void measure(
      BenchmarkContext context,
      Metric metric,
      List<Glosses.Synset> synsets,
      GlossQueries drawn,
      TermWeights weights,
      List<Figure> figures)
      throws IOException {
    List<SparseVector> rows = new ArrayList<>();
    for (int i = 0; i < synsets.size(); i++) {
      rows.add(weights.document(i));
    }
    long started = System.nanoTime();
    SparseIndexBuilder builder = new SparseIndexBuilder(metric, rows.size());
    for (int row = 0; row < rows.size(); row++) {
      builder.add(row, rows.get(row));
    }
    Data data =
        new Data(
            rows,
            builder.build(),
            VectorField.sparse("terms", weights.dimension(), metric),
            drawn.texts().stream().map(weights::query).toList(),
            synsets.stream().map(Glosses.Synset::id).toList());
    double seconds = (System.nanoTime() - started) / 1e9;
    String group = metric.name().toLowerCase(Locale.ROOT);
    String setting =
        String.format(
            Locale.ROOT,
            "%,d vectors of %.1f components, %,d queries of %.1f, k %d",
            rows.size(),
            data.index.components() / (double) rows.size(),
            data.queries.size(),
            data.queries.stream().mapToInt(SparseVector::count).average().orElse(0),
            K);
    context.progress(group + ": comparing every answer with that of every vector");
    int different = 0;
    for (SparseVector query : data.queries) {
      different += data.byIndex(query).equals(data.byAllRows(query)) ? 0 : 1;
    }
    figures.add(
        Figure.of(group + ".different", different, "answers", setting).mustBe(Bar.atMost(0)));
    figures.add(Figure.of(group + ".build", seconds, "s", setting + ", one thread"));
    figures.add(
        Figure.of(
            group + ".memory",
            data.index.memoryBytes() / (double) data.index.components(),
            "B/component",
            setting));
    time(context, group, data, setting, figures);
  }

  private static void time(
      BenchmarkContext context, String group, Data data, String setting, List<Figure> figures)
      throws IOException {
    List<SparseVector> some = new ArrayList<>();
    for (int i = 0; i < data.queries.size(); i += COMPARED_SHARE) {
      some.add(data.queries.get(i));
    }
    Optional<Path> java = NewerJava.find();
    boolean withLucene = java.isPresent() && group.equals("dot");
    context.progress(group + ": timing" + (withLucene ? ", Lucene too" : ""));
    Passes passes =
        new Passes()
            .add("index", () -> sum(data.queries.stream().map(data::byIndex).toList()))
            .add("all", () -> sum(some.stream().map(data::byAllRows).toList()));
    if (withLucene) {
      try (LucenePeer lucene =
          LucenePeer.start(java.get(), data.rows, data.queries, K, context.scratch())) {
        passes.add("lucene", lucene::pass).run(3, PASSES);
      }
    } else {
      passes.run(3, PASSES);
    }
    double index = data.queries.size() / passes.median("index");
    double all = some.size() / passes.median("all");
    figures.add(Figure.of(group + ".speed", index, "queries/s", setting + ", one thread"));
    figures.add(Figure.of(group + ".speed", all, "queries/s", setting).peer(ALL_ROWS));
    figures.add(Figure.of(group + ".ratio", index / all, "times", setting).peer(ALL_ROWS));
    if (withLucene) {
      double peer = data.queries.size() / passes.median("lucene");
      String rounded = setting + ", its weights rounded to 9 bits";
      figures.add(Figure.of(group + ".speed", peer, "queries/s", rounded).peer(LUCENE));
      figures.add(Figure.of(group + ".ratio", index / peer, "times", rounded).peer(LUCENE));
    }
  }

  private static double sum(List<List<TopK.Candidate>> answers) {
    return answers.stream()
        .mapToDouble(answer -> answer.isEmpty() ? 0 : answer.get(0).score())
        .sum();
  }
}
