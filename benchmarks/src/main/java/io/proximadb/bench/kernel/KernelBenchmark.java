package io.proximadb.bench.kernel;

import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.error.InvalidArgumentException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The time of one pair of a query and a row by each kernel, with SIMD and without: JMH starts a JVM
 * for each, with the incubating module or not. In the short form all run in this JVM.
 */
public final class KernelBenchmark implements Benchmark {
  private static final String SIMD_MODULE = "--add-modules=jdk.incubator.vector";

  /** JMH wants an option where it is not to pass on those of this JVM. */
  private static final String NO_MODULE = "-Xshare:auto";

  private static final String SCALAR = "scalar code, compiled by C2";

  @Override
  public String name() {
    return "kernels";
  }

  @Override
  public String description() {
    return "the inner loops over floats, int8 and bits, one by one, by JMH";
  }

  @Override
  public String parts() {
    return "a kernel";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    List<String> names = Arrays.stream(Kernel.values()).map(KernelBenchmark::part).toList();
    for (String wanted : context.only()) {
      if (!names.contains(wanted)) {
        throw new InvalidArgumentException(
            "Invalid kernel: '" + wanted + "' (expected one of " + names + ")");
      }
    }
    String[] kernels =
        Arrays.stream(Kernel.values())
            .filter(kernel -> context.isChosen(part(kernel)))
            .map(Kernel::name)
            .toArray(String[]::new);
    if (context.form() == BenchmarkContext.Form.SHORT) {
      return JmhRuns.here(kernels);
    }
    context.progress(kernels.length + " kernels with SIMD");
    List<Figure> figures = new ArrayList<>(JmhRuns.forked(kernels, SIMD_MODULE, null));
    context.progress(kernels.length + " kernels without");
    figures.addAll(JmhRuns.forked(kernels, NO_MODULE, SCALAR));
    return figures;
  }

  private static String part(Kernel kernel) {
    return kernel.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
