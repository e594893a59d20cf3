package io.proximadb.bench.storage;

import io.proximadb.bench.Bar;
import io.proximadb.bench.Benchmark;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ten million records through ingest, compaction and reopening, in JVMs with a small heap. */
public final class LargeBenchmark implements Benchmark {
  private static final int ROWS = 10_000_000;
  private static final int SHORT_ROWS = 20_000;
  private static final String HEAP = "-Xmx2g";
  private static final double MAX_REOPEN_SECONDS = 20;

  @Override
  public String name() {
    return "large";
  }

  @Override
  public String description() {
    return "10,000,000 x 64 through ingest, compaction and reopening with 2 GiB of heap";
  }

  @Override
  public List<Figure> run(BenchmarkContext context) throws IOException {
    int rows = context.form() == BenchmarkContext.Form.SHORT ? SHORT_ROWS : ROWS;
    List<Figure> figures = new ArrayList<>();
    for (String part : List.of("ingest", "reopen")) {
      context.progress(part + " with " + HEAP);
      figures.addAll(child(context, rows, part));
    }
    return figures;
  }

  private static List<Figure> child(BenchmarkContext context, int rows, String part)
      throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                java.toString(),
                HEAP,
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--add-modules=jdk.incubator.vector",
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                LargeRun.class.getName(),
                context.scratch().resolve("large").toString(),
                Integer.toString(rows),
                part)
            .redirectErrorStream(true)
            .start();
    List<Figure> figures = new ArrayList<>();
    List<String> said = new ArrayList<>();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith(LargeRun.FIGURE)) {
          figures.add(figure(line, rows));
        } else {
          said.add(line);
          context.progress(line);
        }
      }
      int exit = process.waitFor();
      if (exit != 0) {
        throw new IOException(
            "The "
                + part
                + " of "
                + rows
                + " rows failed with exit code "
                + exit
                + ": "
                + String.join(" | ", said.subList(Math.max(0, said.size() - 5), said.size())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while measuring", e);
    } finally {
      process.destroy();
    }
    return figures;
  }

  private static Figure figure(String line, int rows) {
    String[] words = line.substring(LargeRun.FIGURE.length()).split(" ");
    Figure figure =
        Figure.of(
            "large." + words[0],
            Double.parseDouble(words[1]),
            words[2],
            String.format(Locale.ROOT, "%,d x %d, %s", rows, LargeRun.DIMENSION, HEAP));
    return words[0].equals("reopen.time") ? figure.mustBe(Bar.below(MAX_REOPEN_SECONDS)) : figure;
  }
}
