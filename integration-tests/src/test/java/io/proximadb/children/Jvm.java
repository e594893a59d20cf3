package io.proximadb.children;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a door's programs are started: JVM options and class path of its own, in one work folder.
 *
 * @param options options before the class path
 * @param classPath the class path
 * @param folder where programs run, so that {@code warehouse} is a folder in it
 */
public record Jvm(List<String> options, String classPath, Path folder) {
  private static final int TIMEOUT_SECONDS = 180;
  private static final int MAX_LINES = 60;

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Spark, from the quickstart's Spark module. */
  public static Jvm ofSpark(Path folder) throws IOException {
    Path module = ROOT.resolve("quickstart/spark");
    return ofModule(module, List.of("@" + module.resolve("target/classes/jvm.options")), folder);
  }

  /** Spark with Iceberg as released, without anything of ProximaDB. */
  public static Jvm ofStockSpark(Path folder) throws IOException {
    return new Jvm(ofSpark(folder).options(), noted(ROOT.resolve("stock-spark")), folder);
  }

  /** Spark 4.2 as released, with its Connect server, without anything of ProximaDB. */
  public static Jvm ofPlainSpark(Path folder) throws IOException {
    return new Jvm(ofSpark(folder).options(), noted(ROOT.resolve("plain-spark")), folder);
  }

  /** A client of Spark Connect as released. */
  public static Jvm ofConnectClient(Path folder) throws IOException {
    return new Jvm(
        ofSpark(folder).options(), noted(ROOT.resolve("plain-spark/connect-client")), folder);
  }

  /** The one jar of ProximaDB for Spark. */
  public static Path sparkRuntime() throws IOException {
    Path target = ROOT.resolve("spark-runtime/target");
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(file -> file.getFileName().toString().matches("proximadb-spark-runtime-.*\\.jar"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("No runtime jar in " + target));
    }
  }

  /** Flink, from the quickstart's Flink module. */
  public static Jvm ofFlink(Path folder) throws IOException {
    return ofModule(ROOT.resolve("quickstart/flink"), ofThisTest(folder).options(), folder);
  }

  /** Engine, Flight client and server: what this test itself runs on. */
  public static Jvm ofThisTest(Path folder) {
    return new Jvm(
        List.of(
            "-XX:+IgnoreUnrecognizedVMOptions",
            "--add-modules=jdk.incubator.vector",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"),
        System.getProperty("java.class.path"),
        folder);
  }

  /** A platform, from what Maven noted down when it packaged a module that depends on it. */
  private static Jvm ofModule(Path module, List<String> options, Path folder) throws IOException {
    return new Jvm(
        options, module.resolve("target/classes") + File.pathSeparator + noted(module), folder);
  }

  private static String noted(Path module) throws IOException {
    Path noted = module.resolve("target/classpath.txt");
    assertThat(noted).as("written by 'mvn package' of an earlier module").exists();
    return Files.readString(noted);
  }

  /** Runs a program of the folder {@code runners} of the test resources. */
  public String runRunner(String runner, String... arguments)
      throws IOException, InterruptedException {
    Path source = folder.resolve(runner + ".java");
    try (InputStream bytes = Jvm.class.getResourceAsStream("/runners/" + runner + ".java")) {
      Files.write(source, bytes.readAllBytes());
    }
    return runSource(source, Map.of(), arguments);
  }

  /** Runs a source file in the single-file mode of the launcher; gives what it printed. */
  public String runSource(Path source, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(options);
    command.addAll(List.of("-Xmx1g", "-cp", classPath, source.toString()));
    command.addAll(List.of(arguments));
    Path out = source.resolveSibling(source.getFileName() + ".out");
    Path err = source.resolveSibling(source.getFileName() + ".err");
    Process process = start(command, environment, out, err);
    try {
      boolean ended = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertThat(ended).as("ended in %d s", TIMEOUT_SECONDS).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String errors = Files.readString(err);
    assertThat(process.exitValue()).as("exit code; what went wrong:\n%s", causes(errors)).isZero();
    return Files.readString(out);
  }

  /** Starts a program and gives its process. */
  public Process start(List<String> command, Map<String, String> environment, Path out, Path err)
      throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(environment);
    return builder.start();
  }

  /** The lines that say what went wrong, without those that say where. */
  private static String causes(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("\tat ") && !line.startsWith("\t..."))
        .limit(MAX_LINES)
        .collect(Collectors.joining("\n"));
  }
}
