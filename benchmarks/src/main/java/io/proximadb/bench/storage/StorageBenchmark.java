package io.proximadb.bench.storage;

import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.bench.VectorFiles;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * How collections are stored: bytes on disk, reads by id, upserts beside maintenance, readers
 * beside maintenance, clusters after drift, cold searches over the S3 protocol.
 *
 * <p>Beside Fashion-MNIST, every {@code NAME.fvecs} in the folders for data is searched cold; its
 * last vectors are the queries. Names that end with {@code -angular} are compared by cosine.
 */
public final class StorageBenchmark implements Benchmark {
  private static final int SIZE_DIMENSION = 384;
  private static final int SIZE_TOPICS = 1_000;
  private static final long SEED = 5;

  @Override
  public String name() {
    return "storage";
  }

  @Override
  public String description() {
    return "size on disk, reads by id, upserts and reads beside maintenance, drift, cold search";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    StoragePlan plan = StoragePlan.of(context);
    context.progress("reading Fashion-MNIST");
    VectorSet images =
        new VectorSet(
            "fashion-mnist",
            Metric.EUCLIDEAN,
            FashionMnist.DIMENSION,
            FashionMnist.read(context.dataFolders()));
    VectorSet queries = images.part(images.count() - plan.queries(), images.count());
    VectorSet stored = images.part(0, images.count() - plan.queries());
    List<Figure> figures = new ArrayList<>();
    figures.addAll(
        new SizeOnDisk(context, plan)
            .run(
                List.of(
                    stored,
                    VectorSet.synthetic(plan.sizeRows(), SIZE_DIMENSION, SIZE_TOPICS, SEED))));
    figures.addAll(new PointGets(context, plan).run());
    figures.addAll(new UpsertRates(context, plan).run());
    figures.addAll(new ReaderLatency(context, plan).run());
    figures.addAll(new DriftRecovery(context, plan).run());
    ColdSearch cold = new ColdSearch(context, plan);
    figures.addAll(cold.run(stored, queries));
    for (VectorFiles.Pair pair :
        VectorFiles.read(context.dataFolders(), plan.coldRows(), plan.queries())) {
      figures.addAll(cold.run(VectorSet.of(pair, pair.base()), VectorSet.of(pair, pair.queries())));
    }
    return figures;
  }
}
