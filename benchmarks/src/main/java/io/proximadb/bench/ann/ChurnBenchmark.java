package io.proximadb.bench.ann;

import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.bench.Figure;
import io.proximadb.bench.TextTable;
import io.proximadb.filter.Filter;
import io.proximadb.model.IndexDefinition;
import io.proximadb.vector.DistanceFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Recall after changes: deletes at random, of whole regions, many rounds of upserts and compaction,
 * a restart; each beside an index built fresh of the same rows.
 */
public final class ChurnBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int MAX_ROWS = 100_000;
  private static final int QUERIES = 500;
  private static final int SHORT_ROWS = 10_000;
  private static final int SHORT_QUERIES = 50;
  private static final int ROUNDS = 20;
  private static final int SHORT_ROUNDS = 3;

  /** Regions that rows are told apart by, half of which go. */
  private static final int PIVOTS = 32;

  /** A twentieth of the rows is written anew in each round. */
  private static final int ROUND_SHARE = 20;

  private static final double MOST_LOST = 0.01;

  @Override
  public String name() {
    return "churn";
  }

  @Override
  public String description() {
    return "recall after deletes, upserts, compactions and a restart, beside fresh indexes";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean brief = context.form() == BenchmarkContext.Form.SHORT;
    List<Figure> figures = new ArrayList<>();
    for (AnnData data :
        AnnSets.read(
            context.dataFolders(),
            brief ? SHORT_ROWS : MAX_ROWS,
            brief ? SHORT_QUERIES : QUERIES,
            K)) {
      for (IndexDefinition index : context.indexes()) {
        figures.addAll(new Run(context, data, index, brief ? SHORT_ROUNDS : ROUNDS).run());
      }
    }
    return figures;
  }

  private static final class Run {
    private final BenchmarkContext context;
    private final AnnData data;
    private final IndexDefinition index;
    private final int rounds;
    private final Random random = new Random(2);
    private final List<Figure> figures = new ArrayList<>();
    private final TextTable table =
        TextTable.of(
            "after", ">live rows", ">recall@10", ">of a fresh index", ">less by", "said recall");

    Run(BenchmarkContext context, AnnData data, IndexDefinition index, int rounds) {
      this.context = context;
      this.data = data;
      this.index = index;
      this.rounds = rounds;
    }

    List<Figure> run() throws IOException {
      deletes("deleting half at random", atRandom());
      deletes("deleting half of the regions", byRegion());
      upserts();
      context.progress("\n" + data.name() + ", " + DenseIndexes.text(index) + "\n" + table);
      return figures;
    }

    private AnnCollection filled(BitSet rows) throws IOException {
      AnnCollection collection =
          new AnnCollection(Files.createTempDirectory(context.scratch(), "churn"), data, List.of());
      collection.write(rows.stream().toArray(), row -> Map.of());
      collection.collection().optimize();
      collection.index(index);
      return collection;
    }

    private BitSet all() {
      BitSet all = new BitSet();
      all.set(0, data.rows());
      return all;
    }

    private BitSet atRandom() {
      BitSet gone = new BitSet();
      for (int row = 0; row < data.rows(); row++) {
        gone.set(row, random.nextBoolean());
      }
      return gone;
    }

    private BitSet byRegion() {
      float[] pivots = new float[PIVOTS * data.dimension()];
      for (int pivot = 0; pivot < PIVOTS; pivot++) {
        System.arraycopy(
            data.base(),
            random.nextInt(data.rows()) * data.dimension(),
            pivots,
            pivot * data.dimension(),
            data.dimension());
      }
      BitSet gone = new BitSet();
      double[] scores = new double[PIVOTS];
      float[] vector = new float[data.dimension()];
      for (int row = 0; row < data.rows(); row++) {
        System.arraycopy(data.base(), row * data.dimension(), vector, 0, data.dimension());
        DistanceFunction.of(data.metric(), vector).scores(pivots, 0, PIVOTS, scores);
        int nearest = 0;
        for (int pivot = 1; pivot < PIVOTS; pivot++) {
          nearest = scores[pivot] < scores[nearest] ? pivot : nearest;
        }
        gone.set(row, nearest % 2 == 0);
      }
      return gone;
    }

    private void deletes(String what, BitSet gone) throws IOException {
      context.progress(data.name() + ": " + what);
      BitSet live = all();
      live.andNot(gone);
      try (AnnCollection changed = filled(all());
          AnnCollection fresh = filled(live)) {
        changed.delete(gone.stream().toArray());
        changed.collection().flush();
        double best = compare(what, changed, fresh, live.cardinality());
        changed.reopen();
        compare(what + ", restarted", changed, best, live.cardinality());
      }
    }

    private void upserts() throws IOException {
      BitSet live = all();
      String what = rounds + " rounds of upserts and compaction";
      try (AnnCollection changed = filled(live)) {
        for (int round = 0; round < rounds; round++) {
          context.progress(data.name() + ": " + what + ", round " + (round + 1));
          int[] rows = random.ints(data.rows() / ROUND_SHARE, 0, data.rows()).distinct().toArray();
          changed.write(rows, row -> Map.of());
          changed.collection().optimize();
        }
        try (AnnCollection fresh = filled(live)) {
          double best = compare(what, changed, fresh, live.cardinality());
          changed.reopen();
          compare(what + ", restarted", changed, best, live.cardinality());
        }
      }
    }

    private double compare(String what, AnnCollection changed, AnnCollection fresh, int live) {
      double best = recall(fresh).share();
      compare(what, changed, best, live);
      return best;
    }

    private void compare(String what, AnnCollection changed, double best, int live) {
      Recall recall = recall(changed);
      table.row(
          what,
          String.format(Locale.ROOT, "%,d", live),
          String.format(Locale.ROOT, "%.4f", recall.share()),
          String.format(Locale.ROOT, "%.4f", best),
          String.format(Locale.ROOT, "%.4f", best - recall.share()),
          recall.strategy());
      figures.add(
          Figure.of(
                  "churn.lost",
                  best - recall.share(),
                  "recall@10",
                  data.name() + ", " + DenseIndexes.text(index) + ", " + what)
              .mustBe(Bar.atMost(MOST_LOST)));
    }

    /** Of the default setting. */
    private record Recall(double share, String strategy) {}

    private Recall recall(AnnCollection rows) {
      double found = 0;
      SearchResponse last = null;
      for (int query = 0; query < data.queryCount(); query++) {
        SearchRequest request = rows.request(query, Filter.alwaysTrue());
        SearchResponse truth = rows.collection().search(request.exactly());
        last = rows.collection().search(request);
        double farthest = truth.hits().get(truth.hits().size() - 1).distance();
        found += last.hits().stream().filter(hit -> hit.distance() <= farthest).count();
      }
      return new Recall(found / data.queryCount() / data.k(), last == null ? "" : last.strategy());
    }
  }
}
