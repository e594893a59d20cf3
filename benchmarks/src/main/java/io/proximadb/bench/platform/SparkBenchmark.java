package io.proximadb.bench.platform;

import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.bench.MissingDataException;
import io.proximadb.bench.Passes;
import io.proximadb.error.InvalidArgumentException;
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
 * they are written, read and added up, and how fast the nearest rows are found; and an upsert of
 * more rows than its heap holds.
 */
public final class SparkBenchmark implements Benchmark {
  private static final String MODULE = "benchmarks/spark";
  private static final String WORKER = "io.proximadb.bench.spark.SparkWorker";
  private static final String UPSERT_WORKER = "io.proximadb.bench.spark.UpsertWorker";
  private static final String UPSERT = "upsert";

  /** The parts that one worker measures, in one session. */
  private static final List<String> COMPARED = List.of("write", "read", "order", "join");

  /** The launcher says so where the project stands. */
  private static final String HOME_PROPERTY = "proximadb.home";

  private static final String PARQUET = "Spark's Parquet";

  /**
   * The rows that are written are cached meanwhile, as Spark keeps them: three times the floats.
   */
  private static final String HEAP = "-Xmx5g";

  /** Of driver and executors together. */
  private static final String UPSERT_HEAP = "-Xmx1g";

  private static final Sizes FULL = new Sizes(60_000, 1_000, 1_000_000, 10_000_000, 5);
  private static final Sizes SHORT = new Sizes(500, 20, 2_000, 4_000, 1);

  /** How much is measured: rows and queries of Fashion-MNIST, generated rows, passes. */
  private record Sizes(int rows, int queries, int large, int upserted, int passes) {}

  @Override
  public String name() {
    return "spark";
  }

  @Override
  public String description() {
    return "collections in Spark beside its own Parquet tables: write, read, nearest rows, joins;"
        + " upserts";
  }

  @Override
  public String parts() {
    return String.join(", ", COMPARED) + ", " + UPSERT;
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    for (String wanted : context.only()) {
      if (!COMPARED.contains(wanted) && !wanted.equals(UPSERT)) {
        throw new InvalidArgumentException(
            "Invalid part: '" + wanted + "' (expected one of " + parts() + ")");
      }
    }
    Sizes form = context.form() == BenchmarkContext.Form.SHORT ? SHORT : FULL;
    Sizes sizes =
        new Sizes(
            context.rowsOf(form.rows()),
            form.queries(),
            context.rowsOf(form.large()),
            context.rowsOf(form.upserted()),
            form.passes());
    List<Figure> figures = new ArrayList<>();
    List<String> parts = COMPARED.stream().filter(context::isChosen).toList();
    if (!parts.isEmpty()) {
      figures.addAll(compare(context, sizes, parts));
    }
    if (context.isChosen(UPSERT)) {
      figures.addAll(upsert(context, sizes));
    }
    return figures;
  }

  private static List<Figure> compare(BenchmarkContext context, Sizes sizes, List<String> parts)
      throws IOException {
    context.progress("reading Fashion-MNIST");
    Path vectors = context.scratch().resolve("vectors.f32");
    Path queries = context.scratch().resolve("queries.f32");
    write(FashionMnist.read(context.dataFolders()), vectors);
    write(FashionMnist.readQueries(context.dataFolders()), queries);
    WorkerMessages messages = new WorkerMessages(context::progress);
    List<String> arguments =
        List.of(
            vectors.toString(),
            queries.toString(),
            Integer.toString(sizes.rows()),
            Integer.toString(sizes.queries()),
            Integer.toString(sizes.large()),
            Integer.toString(sizes.passes()),
            String.join(",", parts));
    run(command(context, HEAP, WORKER, arguments), context.scratch(), messages);
    return figures(messages, sizes, parts);
  }

  private static List<Figure> upsert(BenchmarkContext context, Sizes sizes) throws IOException {
    WorkerMessages messages = new WorkerMessages(context::progress);
    List<String> arguments = List.of(Integer.toString(sizes.upserted()));
    run(command(context, UPSERT_HEAP, UPSERT_WORKER, arguments), context.scratch(), messages);
    String setting =
        String.format(
            Locale.ROOT,
            "%,d x 64, half of them replace, %.0f MiB heap for driver and executors",
            sizes.upserted(),
            messages.value("upsert.heap"));
    double seconds = Passes.median(messages.times("upsert.proximadb"));
    return List.of(
        Figure.of("upsert.time", seconds, "s", setting),
        Figure.of("upsert.rate", sizes.upserted() / seconds, "rows/s", setting),
        Figure.of("upsert.rows", messages.value("upsert.rows") / sizes.upserted(), "", setting)
            .mustBe(Bar.atLeast(1)),
        Figure.of("upsert.new", messages.value("upsert.new"), "", setting).mustBe(Bar.atLeast(1)));
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
      BenchmarkContext context, String heap, String worker, List<String> arguments)
      throws IOException {
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
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + classes.resolve("jvm.options"),
                heap,
                "-cp",
                classes
                    + System.getProperty("path.separator")
                    + Files.readString(noted, StandardCharsets.UTF_8).strip(),
                worker,
                context.scratch().toString()));
    command.addAll(arguments);
    return command;
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

  private static List<Figure> figures(WorkerMessages messages, Sizes sizes, List<String> parts) {
    List<Figure> figures = new ArrayList<>();
    String joined = String.format(Locale.ROOT, "%,d x %d", sizes.rows(), FashionMnist.DIMENSION);
    if (parts.contains("write")) {
      writes(figures, messages, joined);
    }
    if (parts.contains("read")) {
      reads(figures, messages, sizes, joined);
    }
    if (parts.contains("order")) {
      orders(figures, messages, String.format(Locale.ROOT, "%,d x 128", sizes.large()));
    }
    if (parts.contains("join")) {
      String pairs =
          String.format(Locale.ROOT, "%,d queries, %s, APPROX NEAREST 10", sizes.queries(), joined);
      times(figures, messages, "join", pairs);
      figures.add(faster("join", messages, pairs, 50));
      figures.add(recall("join", messages, pairs));
    }
    return figures;
  }

  private static void writes(List<Figure> figures, WorkerMessages messages, String joined) {
    times(figures, messages, "write", joined + ", shuffled and sorted by id, fsynced by us");
    double[] ours = messages.times("write.proximadb");
    double[] theirs = messages.times("write.parquet");
    figures.add(
        Figure.of("write.ratio", Passes.median(ours) / Passes.median(theirs), "times", joined)
            .peer(PARQUET)
            .mustBe(Bar.atMost(1.3)));
  }

  private static void reads(
      List<Figure> figures, WorkerMessages messages, Sizes sizes, String joined) {
    double bytes = (double) sizes.rows() * FashionMnist.DIMENSION * Float.BYTES;
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
      figures.add(faster(name, messages, setting, 3));
    }
  }

  private static void orders(List<Figure> figures, WorkerMessages messages, String large) {
    times(figures, messages, "order", large + ", ORDER BY vector_l2_distance LIMIT 10, exact");
    times(figures, messages, "empty", "the same of an empty table");
    figures.add(order("order", messages, large + ", exact, less the empty query"));
    figures.add(recall("order", messages, large));
    String indexed = large + ", by an ivf index, recall 0.97 asked";
    double[] build = messages.times("index.proximadb");
    figures.add(Figure.of("index.time", Passes.median(build), "s", large + ", CALL build_index"));
    double[] passes = millis(messages.times("indexed.proximadb"));
    figures.add(Figure.of("indexed.time", Passes.median(passes), "ms", indexed).over(passes));
    figures.add(order("indexed", messages, indexed + ", less the empty query"));
    figures.add(recall("indexed", messages, indexed));
  }

  /** Spark's own plan of the order beside one of ours, the empty query's time taken from both. */
  private static Figure order(String name, WorkerMessages messages, String setting) {
    double emptyOurs = Passes.median(messages.times("empty.proximadb"));
    double emptyTheirs = Passes.median(messages.times("empty.parquet"));
    double ours = Passes.median(messages.times(name + ".proximadb")) - emptyOurs;
    double theirs = Passes.median(messages.times("order.parquet")) - emptyTheirs;
    return ratio(name, ours, theirs, setting, 20);
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

  private static Figure faster(String name, WorkerMessages messages, String setting, double bar) {
    return ratio(
        name,
        Passes.median(messages.times(name + ".proximadb")),
        Passes.median(messages.times(name + ".parquet")),
        setting,
        bar);
  }

  private static Figure ratio(String name, double ours, double theirs, String setting, double bar) {
    // What takes no longer than the empty query takes a clock's tick.
    return Figure.of(name + ".ratio", theirs / Math.max(ours, 1e-3), "times", setting)
        .peer(PARQUET)
        .mustBe(Bar.atLeast(bar));
  }
}
