package io.proximadb.bench.storage;

import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import java.util.List;

/**
 * Clusters are trained, then rows of another distribution come, twice as many: what a byte that is
 * read finds before and after maintenance noticed, against the same rows clustered from new.
 */
final class DriftRecovery {
  private static final int DIMENSION = 64;
  private static final int TOPICS = 400;
  private static final long SEED = 41;

  /** Enough of about 200 clusters for a recall above 0.9. */
  private static final int CLUSTERS = 6;

  private static final double MIN_SHARE_PERCENT = 90;

  private final BenchmarkContext context;
  private final StoragePlan plan;

  DriftRecovery(BenchmarkContext context, StoragePlan plan) {
    this.context = context;
    this.plan = plan;
  }

  List<Figure> run() {
    int rows = plan.driftRows();
    VectorSet first = VectorSet.synthetic(rows, DIMENSION, TOPICS, SEED);
    VectorSet drawn = VectorSet.synthetic(2 * rows + plan.queries(), DIMENSION, TOPICS, SEED + 1);
    VectorSet second = drawn.part(0, 2 * rows);
    VectorSet queries = drawn.part(2 * rows, drawn.count());
    try (BenchCollection drifted = create("drifted", first);
        BenchCollection fresh = create("fresh", first)) {
      context.progress("drift: clusters of " + first);
      drifted.load(first);
      drifted.settle();
      context.progress("drift: other rows, " + second);
      drifted.upsert(second, second.count(), i -> i + rows, number -> number - rows);
      drifted.collection().flush();
      Recall recall = new Recall(drifted, queries);
      Recall.Result before = recall.measure(drifted, CLUSTERS);
      drifted.settle();
      Recall.Result after = recall.measure(drifted, CLUSTERS);
      context.progress("drift: all rows clustered from new");
      fresh.load(first);
      fresh.upsert(second, second.count(), i -> i + rows, number -> number - rows);
      fresh.settle();
      Recall.Result best = recall.measure(fresh, CLUSTERS);
      String setting = first + ", then twice as many others, " + CLUSTERS + " clusters";
      return List.of(
          Figure.of("drift.recall.before", before.recall(), "", setting),
          Figure.of("drift.recall.after", after.recall(), "", setting),
          Figure.of("drift.recall.after", best.recall(), "", setting).peer("fresh model"),
          Figure.of("drift.read.before", 100 * before.share(), "%", setting),
          Figure.of("drift.read.after", 100 * after.share(), "%", setting),
          Figure.of("drift.read.after", 100 * best.share(), "%", setting).peer("fresh model"),
          Figure.of(
                  "drift.recall-per-byte",
                  100 * after.perShare() / best.perShare(),
                  "%",
                  "after re-clustering, of a fresh model")
              .peer("fresh model")
              .mustBe(Bar.atLeast(MIN_SHARE_PERCENT)));
    }
  }

  private BenchCollection create(String name, VectorSet set) {
    return BenchCollection.create(
        BenchCollection.quiet(context.scratch().resolve(name)), set, "viper");
  }
}
