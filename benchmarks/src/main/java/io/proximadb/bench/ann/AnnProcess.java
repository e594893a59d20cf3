package io.proximadb.bench.ann;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An {@link AnnWorker} in a process of its own, from the side that asks it for passes. */
final class AnnProcess implements Closeable {
  /** Heap of a worker: the largest set that is read, twice, and its index. */
  private static final String HEAP = "-Xmx4g";

  private static final long EXIT_SECONDS = 10;

  private final String name;
  private final Process process;
  private final BufferedReader out;
  private final Writer in;
  private final Path errors;

  /** What a build took. */
  record Build(
      String library,
      double cpuSeconds,
      double wallSeconds,
      long memoryBytes,
      List<Integer> settings,
      String java) {}

  /** What one pass over all queries gave. */
  record Pass(
      int setting,
      double recall,
      double queriesPerCpuSecond,
      double queriesPerSecond,
      double medianMicros,
      double slowMicros) {}

  private AnnProcess(String name, Process process, Path errors) {
    this.name = name;
    this.process = process;
    this.errors = errors;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.in =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
  }

  /** Starts a worker whose class is on the class path, with an argument behind the data. */
  static AnnProcess ofClass(Path java, Class<?> worker, Path data, Path scratch, String... argument)
      throws IOException {
    return start(java, worker.getSimpleName(), worker.getName(), data, scratch, argument);
  }

  /**
   * Starts a worker from its source, which is compiled by the Java that runs it: the library's
   * classes are newer than the Java of this build.
   */
  static AnnProcess ofSource(Path java, String name, Path data, Path scratch) throws IOException {
    Path source = scratch.resolve(name + ".java");
    try (InputStream text = AnnProcess.class.getResourceAsStream("/ann/" + name + ".java")) {
      if (text == null) {
        throw new IOException("No source of " + name + " on the class path");
      }
      Files.write(source, text.readAllBytes());
    }
    return start(java, name, source.toString(), data, scratch);
  }

  private static AnnProcess start(
      Path java, String name, String main, Path data, Path scratch, String... argument)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(java.toString(), HEAP));
    command.add("-XX:+IgnoreUnrecognizedVMOptions");
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main, data.toString()));
    command.addAll(List.of(argument));
    // Its own: one worker may run on two Javas side by side.
    Path errors = Files.createTempFile(scratch, name + "-", ".err");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    return new AnnProcess(name, process, errors);
  }

  /** Waits for the end of the build. */
  Build build() throws IOException {
    String[] fields = figures("built");
    return new Build(
        fields[0],
        Double.parseDouble(fields[1]),
        Double.parseDouble(fields[2]),
        Long.parseLong(fields[3]),
        Arrays.stream(fields[4].split(",", -1)).map(Integer::valueOf).toList(),
        fields[5]);
  }

  /** Makes a pass. */
  Pass pass(int setting) throws IOException {
    in.write(setting + "\n");
    in.flush();
    String[] fields = figures("pass");
    return new Pass(
        Integer.parseInt(fields[0]),
        Double.parseDouble(fields[1]),
        Double.parseDouble(fields[2]),
        Double.parseDouble(fields[3]),
        Double.parseDouble(fields[4]),
        Double.parseDouble(fields[5]));
  }

  private String[] figures(String kind) throws IOException {
    String start = AnnWorker.MARK + "\t" + kind + "\t";
    for (String line = nextLine(); line != null; line = nextLine()) {
      if (line.startsWith(start)) {
        return line.substring(start.length()).split("\t", -1);
      }
    }
    throw new IOException(
        "The worker " + name + " ended: " + Files.readString(errors, StandardCharsets.UTF_8));
  }

  private @Nullable String nextLine() throws IOException {
    return out.readLine();
  }

  @Override
  public void close() throws IOException {
    in.close();
    try {
      if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
