package io.proximadb.bench;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;

/**
 * A measurement that users can repeat: {@code ./proximadb bench NAME}. Implementations are found by
 * {@link ServiceLoader}.
 *
 * <p>Figures that are compared come from one run, from interleaved passes over the same data, as
 * medians.
 */
public interface Benchmark {
  /** The stable name on the command line: lower case, words joined by dashes. */
  String name();

  /** One line on what is measured. */
  String description();

  /**
   * What can be measured by itself, in words for users; empty if nothing can.
   *
   * @see BenchmarkContext#only()
   */
  default String parts() {
    return "";
  }

  /**
   * Measures.
   *
   * @throws MissingDataException if the data it needs is not on this machine
   */
  List<Figure> run(BenchmarkContext context) throws IOException;

  /** All benchmarks on the class path, by name. */
  static List<Benchmark> all() {
    return ServiceLoader.load(Benchmark.class, Benchmark.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .sorted(Comparator.comparing(Benchmark::name))
        .toList();
  }
}
