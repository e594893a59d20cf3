package io.proximadb.bench.wal;

import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The write-ahead log: acknowledged records a second against RocksDB, one writer's wait against the
 * disk's own sync, replay, LZ4, two directories.
 *
 * <p>RocksDB writes the same bytes for each record to the same disk, synced, without ever flushing.
 */
public final class WalBenchmark implements Benchmark {
  private static final List<Integer> DIMENSIONS = List.of(128, 768);
  private static final List<Integer> WRITERS = List.of(8, 64);

  @Override
  public String name() {
    return "wal";
  }

  @Override
  public String description() {
    return "the write-ahead log against RocksDB's and the disk: append, acknowledge, replay";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    context.progress("reading Fashion-MNIST");
    float[] images = FashionMnist.read(context.dataFolders());
    Plan plan = Plan.of(context);
    List<RecordPool> pools = new ArrayList<>();
    for (int dimension : DIMENSIONS) {
      pools.add(RecordPool.of(dimension, images, plan.vectors()));
    }
    List<Figure> figures = new ArrayList<>();
    AckComparison acknowledgement = new AckComparison(context, plan);
    for (RecordPool records : pools) {
      figures.addAll(acknowledgement.run(records));
    }
    AppendComparison append = new AppendComparison(context, plan);
    for (int writers : WRITERS) {
      for (RecordPool records : pools) {
        figures.addAll(append.run(records, writers));
      }
    }
    ReplayComparison replay = new ReplayComparison(context, plan);
    Lz4Speed lz4 = new Lz4Speed(context, plan);
    for (RecordPool records : pools) {
      figures.addAll(replay.againstPeer(records));
    }
    figures.addAll(replay.fromTwoDirectories(pools.get(pools.size() - 1)));
    for (RecordPool records : pools) {
      figures.addAll(lz4.run(records));
    }
    return figures;
  }
}
