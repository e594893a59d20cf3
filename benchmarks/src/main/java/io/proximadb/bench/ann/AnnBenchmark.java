package io.proximadb.bench.ann;

import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.bench.Figure;
import io.proximadb.bench.NewerJava;
import io.proximadb.bench.Passes;
import io.proximadb.bench.TextTable;
import io.proximadb.model.IndexDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Approximate search: queries a second of one thread at a recall, against Lucene, JVector and
 * hnswlib-core. Speeds are of processor time; a busy machine changes all of them, so compare the
 * ratios of one run.
 */
public final class AnnBenchmark implements Benchmark {
  private static final int K = 10;
  private static final int WARMUP_ROUNDS = 2;
  private static final int ROUNDS = 5;
  private static final int MAX_ROWS = 400_000;
  private static final int QUERIES = 1_000;
  private static final int SHORT_ROWS = 5_000;
  private static final int SHORT_QUERIES = 100;
  private static final double[] RECALLS = {0.95, 0.99};

  private static final String OURS = "ProximaDB";
  private static final String LUCENE = "LuceneAnn";

  /** Of the vectors: what an index may take of memory, and what one of fewer bits may. */
  private static final double INT8_SHARE = 0.30;

  private static final double BITS_SHARE = 0.06;

  /** Bytes a row that an index may take beside that. */
  private static final int LINK_BYTES = 160;

  @Override
  public String name() {
    return "ann";
  }

  @Override
  public String description() {
    return "approximate search: speed at recall 0.95 and 0.99, builds, memory, against three peers";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    boolean brief = context.form() == BenchmarkContext.Form.SHORT;
    context.progress("reading vectors and finding the true neighbours of the queries");
    List<AnnData> sets =
        AnnSets.read(
            context.dataFolders(),
            brief ? SHORT_ROWS : MAX_ROWS,
            brief ? SHORT_QUERIES : QUERIES,
            K);
    Optional<Path> newer = NewerJava.find();
    if (newer.isEmpty()) {
      context.progress("no JDK 22 or newer was found: peers are left out (set JAVA_NEWER_HOME)");
    }
    List<Figure> figures = new ArrayList<>();
    for (AnnData data : sets) {
      figures.addAll(run(context, data, newer, brief ? 1 : ROUNDS));
    }
    return figures;
  }

  private static List<Figure> run(
      BenchmarkContext context, AnnData data, Optional<Path> newer, int rounds) throws IOException {
    Path file = context.scratch().resolve(data.name() + ".ann");
    data.write(file);
    Path own = Path.of(System.getProperty("java.home"), "bin", "java");
    List<Measured> libraries = new ArrayList<>();
    try {
      List<Start> starts = new ArrayList<>();
      addOurs(own, context, file, starts);
      if (newer.isPresent()) {
        Path java = newer.get();
        addOurs(java, context, file, starts);
        for (String peer : List.of(LUCENE, "JVectorAnn", "HnswlibAnn")) {
          starts.add(() -> AnnProcess.ofSource(java, peer, file, context.scratch()));
        }
      }
      // Built one after the other, so that none is measured while another builds.
      for (Start start : starts) {
        AnnProcess process = start.start();
        Measured measured = new Measured(process);
        libraries.add(measured);
        context.progress("building an index of " + data.name());
        measured.build = process.build();
      }
      for (int round = -WARMUP_ROUNDS; round < rounds; round++) {
        context.progress(data.name() + ": round " + (round + WARMUP_ROUNDS + 1));
        pass(libraries, round >= 0);
      }
      context.progress("\n" + table(data, libraries));
      plot(context, data, libraries);
      return figures(data, libraries, context.indexes().get(0));
    } finally {
      for (Measured measured : libraries) {
        measured.process.close();
      }
      Files.deleteIfExists(file);
    }
  }

  private static void addOurs(Path java, BenchmarkContext context, Path file, List<Start> starts) {
    for (IndexDefinition index : context.indexes()) {
      String text = DenseIndexes.text(index);
      starts.add(() -> AnnProcess.ofClass(java, ProximaAnn.class, file, context.scratch(), text));
    }
  }

  /** One pass for each setting of each library, the libraries in turn. */
  private static void pass(Iterable<Measured> libraries, boolean counted) throws IOException {
    boolean any = true;
    for (int i = 0; any; i++) {
      any = false;
      for (Measured measured : libraries) {
        List<Integer> settings = measured.build().settings();
        if (i < settings.size()) {
          any = true;
          AnnProcess.Pass pass = measured.process.pass(settings.get(i));
          if (counted) {
            measured.passes.computeIfAbsent(i, key -> new ArrayList<>()).add(pass);
          }
        }
      }
    }
  }

  private interface Start {
    AnnProcess start() throws IOException;
  }

  private static final class Measured {
    final AnnProcess process;
    AnnProcess.@org.jspecify.annotations.Nullable Build build;
    final Map<Integer, List<AnnProcess.Pass>> passes = new LinkedHashMap<>();

    Measured(AnnProcess process) {
      this.process = process;
    }

    AnnProcess.Build build() {
      return java.util.Objects.requireNonNull(build, "the index is not built");
    }

    String label() {
      return build().library() + ", Java " + build().java().replaceAll("\\..*", "");
    }

    Curve curve() {
      List<Curve.Point> points = new ArrayList<>();
      passes.values().forEach(of -> points.add(point(of)));
      return new Curve(points);
    }

    static Curve.Point point(List<AnnProcess.Pass> passes) {
      return new Curve.Point(
          passes.get(0).setting(),
          passes.get(0).recall(),
          median(passes, AnnProcess.Pass::queriesPerCpuSecond));
    }

    static double median(
        List<AnnProcess.Pass> passes, java.util.function.ToDoubleFunction<AnnProcess.Pass> figure) {
      return Passes.median(passes.stream().mapToDouble(figure).toArray());
    }
  }

  private static String table(AnnData data, Iterable<Measured> libraries) {
    TextTable table =
        TextTable.of(
            "library",
            ">setting",
            ">recall@10",
            ">queries/CPU-s",
            ">queries/s",
            ">p50 µs",
            ">p99 µs");
    for (Measured measured : libraries) {
      for (List<AnnProcess.Pass> passes : measured.passes.values()) {
        table.row(
            measured.label(),
            "" + passes.get(0).setting(),
            String.format(Locale.ROOT, "%.4f", passes.get(0).recall()),
            rounded(Measured.median(passes, AnnProcess.Pass::queriesPerCpuSecond)),
            rounded(Measured.median(passes, AnnProcess.Pass::queriesPerSecond)),
            rounded(Measured.median(passes, AnnProcess.Pass::medianMicros)),
            rounded(Measured.median(passes, AnnProcess.Pass::slowMicros)));
      }
    }
    return data.name() + "\n" + table;
  }

  private static void plot(BenchmarkContext context, AnnData data, Iterable<Measured> libraries)
      throws IOException {
    Map<String, List<Curve.Point>> lines = new LinkedHashMap<>();
    libraries.forEach(measured -> lines.put(measured.label(), measured.curve().points()));
    String home = System.getProperty("proximadb.home");
    Path folder = home == null ? context.scratch() : Path.of(home, "target", "bench");
    Path file = Files.createDirectories(folder).resolve("ann-" + data.name() + ".svg");
    AnnPlot.write(file, data.name(), lines);
    context.progress("plot: " + file);
  }

  private static String rounded(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  /**
   * The figures of a set.
   *
   * @param first the index of the first library, which bars are for
   */
  private static List<Figure> figures(
      AnnData data, List<Measured> libraries, IndexDefinition first) {
    String setting =
        String.format(
            Locale.ROOT, "%s, %,d x %d, k=%d", data.name(), data.rows(), data.dimension(), K);
    List<Figure> figures = new ArrayList<>();
    Measured ours = libraries.get(0);
    for (double recall : RECALLS) {
      OptionalDouble speed = ours.curve().speedAt(recall);
      for (Measured measured : libraries) {
        OptionalDouble theirs = measured.curve().speedAt(recall);
        String figure = String.format(Locale.ROOT, "speed-at-%.2f", recall);
        figures.add(
            Figure.of(figure, theirs.orElse(0), "queries/CPU-s", setting).peer(measured.label()));
        if (isPeer(measured) && speed.isPresent() && theirs.isPresent()) {
          boolean lucene = measured.label().startsWith("Lucene");
          figures.add(
              Figure.of(
                      figure + ".ratio",
                      speed.getAsDouble() / theirs.getAsDouble(),
                      "times",
                      setting)
                  .peer(measured.label())
                  .mustBe(lucene ? Bar.atLeast(1.5) : Bar.above(1)));
        }
      }
    }
    double build = ours.build().cpuSeconds();
    for (Measured measured : libraries) {
      double seconds = measured.build().cpuSeconds();
      figures.add(Figure.of("build", seconds, "CPU-s", setting).peer(measured.label()));
      if (measured.label().startsWith("Lucene")) {
        figures.add(
            Figure.of("build.ratio", build / seconds, "times", setting)
                .peer(measured.label())
                .mustBe(Bar.atMost(0.5)));
      }
    }
    double share = first.settings().containsKey("bits") ? BITS_SHARE : INT8_SHARE;
    double perRow = ours.build().memoryBytes() / (double) data.rows();
    figures.add(
        Figure.of("memory", perRow, "bytes/row", setting + ", beside the mapped vectors")
            .mustBe(Bar.atMost(share * data.dimension() * Float.BYTES + LINK_BYTES)));
    return figures;
  }

  private static boolean isPeer(Measured measured) {
    return !measured.label().startsWith(OURS);
  }
}
