package io.proximadb.bench.storage;

import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.bench.VectorFiles;
import io.proximadb.error.InvalidArgumentException;
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
  private static final List<String> PARTS =
      List.of("size", "gets", "upserts", "readers", "drift", "cold");

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
  public String parts() {
    return String.join(", ", PARTS);
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    StoragePlan plan = StoragePlan.of(context);
    for (String wanted : context.only()) {
      if (!PARTS.contains(wanted)) {
        throw new InvalidArgumentException(
            "Invalid part: '" + wanted + "' (expected one of " + parts() + ")");
      }
    }
    List<Figure> figures = new ArrayList<>();
    if (context.isChosen("size")) {
      VectorSet images = images(context);
      figures.addAll(
          new SizeOnDisk(context, plan)
              .run(
                  List.of(
                      images.part(0, images.count() - plan.queries()),
                      VectorSet.synthetic(plan.sizeRows(), SIZE_DIMENSION, SIZE_TOPICS, SEED))));
    }
    if (context.isChosen("gets")) {
      figures.addAll(new PointGets(context, plan).run());
    }
    if (context.isChosen("upserts")) {
      figures.addAll(new UpsertRates(context, plan).run());
    }
    if (context.isChosen("readers")) {
      figures.addAll(new ReaderLatency(context, plan).run());
    }
    if (context.isChosen("drift")) {
      figures.addAll(new DriftRecovery(context, plan).run());
    }
    if (context.isChosen("cold")) {
      figures.addAll(cold(context, plan));
    }
    return figures;
  }

  private static List<Figure> cold(BenchmarkContext context, StoragePlan plan) throws IOException {
    VectorSet images = images(context);
    int stored = images.count() - plan.queries();
    ColdSearch cold = new ColdSearch(context, plan);
    List<Figure> figures =
        new ArrayList<>(cold.run(images.part(0, stored), images.part(stored, images.count())));
    for (VectorFiles.Pair pair :
        VectorFiles.read(context.dataFolders(), plan.coldRows(), plan.queries())) {
      figures.addAll(cold.run(VectorSet.of(pair, pair.base()), VectorSet.of(pair, pair.queries())));
    }
    return figures;
  }

  private static VectorSet images(BenchmarkContext context) throws IOException {
    context.progress("reading Fashion-MNIST");
    return new VectorSet(
        "fashion-mnist",
        Metric.EUCLIDEAN,
        FashionMnist.DIMENSION,
        FashionMnist.read(context.dataFolders()));
  }
}
