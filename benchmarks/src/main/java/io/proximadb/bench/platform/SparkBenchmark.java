package io.proximadb.bench.platform;

import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.bench.MissingDataException;
import io.proximadb.bench.Passes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Collections in Spark beside Spark's own Parquet tables of the same rows, in one session: how fast
 * they are written, read and added up, and how fast the nearest rows are found.
 */
public final class SparkBenchmark implements Benchmark {
  private static final String MODULE = "benchmarks/spark";
  private static final String WORKER = "io.proximadb.bench.spark.SparkWorker";

  /** The launcher says so where the project stands. */
  private static final String HOME_PROPERTY = "proximadb.home";

  private static final String PARQUET = "Spark's Parquet";

  /**
   * The rows that are written are cached meanwhile, as Spark keeps them: three times the floats.
   */
  private static final String HEAP = "-Xmx5g";

  private static final Sizes FULL = new Sizes(60_000, 1_000, 1_000_000, 5);
  private static final Sizes SHORT = new Sizes(500, 20, 2_000, 1);

  /** How much is measured: rows and queries of Fashion-MNIST, generated rows, passes. */
  private record Sizes(int rows, int queries, int large, int passes) {}

  @Override
  public String name() {
    return "spark";
  }

  @Override
  public String description() {
    return "collections in Spark beside its own Parquet tables: write, read, nearest rows, joins";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    Sizes form = context.form() == BenchmarkContext.Form.SHORT ? SHORT : FULL;
    Sizes sizes =
        new Sizes(
            context.rowsOf(form.rows()),
            form.queries(),
            context.rowsOf(form.large()),
            form.passes());
    context.progress("reading Fashion-MNIST");
    Path vectors = context.scratch().resolve("vectors.f32");
    Path queries = context.scratch().resolve("queries.f32");
    write(FashionMnist.read(context.dataFolders()), vectors);
    write(FashionMnist.readQueries(context.dataFolders()), queries);
    WorkerMessages messages = new WorkerMessages(context::progress);
    run(command(context, sizes, vectors, queries), context.scratch(), messages);
    return figures(messages, sizes);
  }

  private static void write(float[] floats, Path file) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(floats);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }

  private static List<String> command(
      BenchmarkContext context, Sizes sizes, Path vectors, Path queries) throws IOException {
    Path target =
        Path.of(System.getProperty(HOME_PROPERTY, "."))
            .toAbsolutePath()
            .resolve(MODULE)
            .resolve("target");
    Path noted = target.resolve("classpath.txt");
    if (!Files.isRegularFile(noted)) {
      throw new MissingDataException(
          "Cannot start Spark: module "
              + MODULE
              + " is not built (missing "
              + noted
              + "; run ./proximadb bench spark, or mvn -DskipTests package)");
    }
    Path classes = target.resolve("classes");
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "@" + classes.resolve("jvm.options"),
        HEAP,
        "-cp",
        classes
            + System.getProperty("path.separator")
            + Files.readString(noted, StandardCharsets.UTF_8).strip(),
        WORKER,
        context.scratch().toString(),
        vectors.toString(),
        queries.toString(),
        Integer.toString(sizes.rows()),
        Integer.toString(sizes.queries()),
        Integer.toString(sizes.large()),
        Integer.toString(sizes.passes()));
  }

  private static void run(List<String> command, Path scratch, WorkerMessages messages)
      throws IOException {
    Path errors = scratch.resolve("spark.log");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        messages.accept(line);
      }
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException("Spark ended with code " + code + ":\n" + lastLines(errors));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while Spark ran", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String lastLines(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
  }

  private static List<Figure> figures(WorkerMessages messages, Sizes sizes) {
    String joined = String.format(Locale.ROOT, "%,d x %d", sizes.rows(), FashionMnist.DIMENSION);
    String large = String.format(Locale.ROOT, "%,d x 128", sizes.large());
    List<Figure> figures = new ArrayList<>();
    double bytes = (double) sizes.rows() * FashionMnist.DIMENSION * Float.BYTES;
    times(figures, messages, "write", joined + ", shuffled and sorted by id, fsynced by us");
    double[] ours = messages.times("write.proximadb");
    double[] theirs = messages.times("write.parquet");
    figures.add(
        Figure.of("write.ratio", Passes.median(ours) / Passes.median(theirs), "times", joined)
            .peer(PARQUET)
            .mustBe(Bar.atMost(1.3)));
    for (String name : List.of("drain", "norms")) {
      String setting =
          joined + (name.equals("drain") ? ", batches alone" : ", sum(vector_norm(v))");
      times(figures, messages, name, setting);
      figures.add(
          Figure.of(
              name + ".speed",
              bytes / Passes.median(messages.times(name + ".proximadb")) / 1e9,
              "GB/s",
              setting));
      figures.add(faster(name, messages, 0, 0, setting, 3));
    }
    times(figures, messages, "order", large + ", ORDER BY vector_l2_distance LIMIT 10");
    times(figures, messages, "empty", "the same of an empty table");
    figures.add(
        faster(
            "order",
            messages,
            Passes.median(messages.times("empty.proximadb")),
            Passes.median(messages.times("empty.parquet")),
            large + ", less the empty query",
            20));
    figures.add(recall("order", messages, large));
    String pairs =
        String.format(Locale.ROOT, "%,d queries, %s, APPROX NEAREST 10", sizes.queries(), joined);
    times(figures, messages, "join", pairs);
    figures.add(faster("join", messages, 0, 0, pairs, 50));
    figures.add(recall("join", messages, pairs));
    return figures;
  }

  private static Figure recall(String name, WorkerMessages messages, String setting) {
    return Figure.of(name + ".recall", messages.value(name + ".recall"), "", setting)
        .mustBe(Bar.atLeast(0.95));
  }

  private static void times(
      List<Figure> figures, WorkerMessages messages, String name, String setting) {
    double[] ours = millis(messages.times(name + ".proximadb"));
    double[] theirs = millis(messages.times(name + ".parquet"));
    figures.add(Figure.of(name + ".time", Passes.median(ours), "ms", setting).over(ours));
    figures.add(
        Figure.of(name + ".time", Passes.median(theirs), "ms", setting).peer(PARQUET).over(theirs));
  }

  private static double[] millis(double[] seconds) {
    return Arrays.stream(seconds).map(one -> one * 1e3).toArray();
  }

  private static Figure faster(
      String name,
      WorkerMessages messages,
      double emptyOurs,
      double emptyTheirs,
      String setting,
      double bar) {
    double ours = Passes.median(messages.times(name + ".proximadb")) - emptyOurs;
    double theirs = Passes.median(messages.times(name + ".parquet")) - emptyTheirs;
    // What takes no longer than the empty query takes a clock's tick.
    return Figure.of(name + ".ratio", theirs / Math.max(ours, 1e-3), "times", setting)
        .peer(PARQUET)
        .mustBe(Bar.atLeast(bar));
  }
}
