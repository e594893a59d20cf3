package io.proximadb.bench.ann;

import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import java.io.IOException;
import java.util.List;

/** What AXIS chooses, see {@link AxisChoices}. */
public final class AxisBenchmark implements Benchmark {
  @Override
  public String name() {
    return "axis";
  }

  @Override
  public String description() {
    return "what AXIS chooses for eight workloads, beside all candidates";
  }

  @Override
  public String parts() {
    return "a workload";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    return new AxisChoices(context).run();
  }
}
