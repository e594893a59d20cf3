package io.proximadb.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.children.Jvm;
import io.proximadb.server.auth.ApiKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the examples of README.md, and of pages that have one, in their order, over one warehouse,
 * each in a JVM of its door, and compares what they print with what the README shows.
 */
class ReadmeTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String README_PORT = "8815";
  private static final String SERVER_COMMAND = "./proximadb server --warehouse warehouse";

  @TempDir private Path folder;

  private final List<Snippet> snippets = new ArrayList<>();
  private final List<String> doors = new ArrayList<>();

  @Test
  void examplesPrintWhatTheyShow() throws Exception {
    List<String> readme = Files.readAllLines(ROOT.resolve("README.md"));
    assertThat(readme).anyMatch(line -> line.startsWith(SERVER_COMMAND));
    runAll(readme);
    assertThat(doors)
        .contains(
            "java engine", "sql spark", "java spark", "sql flink", "java flink", "java flight");
  }

  @Test
  void theExampleOfAttachedTablesPrintsWhatItShows() throws Exception {
    runAll(Files.readAllLines(ROOT.resolve("docs/attached-tables.md")));
    assertThat(doors).containsExactly("java engine", "java engine");
  }

  @Test
  void theExampleOfVectorSearchInSparkPrintsWhatItShows() throws Exception {
    runAll(Files.readAllLines(ROOT.resolve("docs/spark-search.md")));
    assertThat(doors).containsExactly("sql spark");
  }

  @Test
  void theExampleOfHistoryInSparkPrintsWhatItShows() throws Exception {
    runAll(Files.readAllLines(ROOT.resolve("docs/spark-history.md")));
    assertThat(doors).containsExactly("sql spark");
  }

  @Test
  void theExampleOfProceduresInSparkPrintsWhatItShows() throws Exception {
    runAll(Files.readAllLines(ROOT.resolve("docs/spark-procedures.md")));
    assertThat(doors).containsExactly("sql spark");
  }

  private void runAll(List<String> markdown) throws Exception {
    snippets.addAll(Snippet.parse(markdown));
    for (Snippet snippet : snippets) {
      if (snippet.language().equals("properties")) {
        continue;
      }
      String printed = run(snippet).stripTrailing();
      if (snippet.output() != null) {
        assertThat(printed).as(snippet.title()).isEqualTo(snippet.output().stripTrailing());
      }
      doors.add(snippet.language() + " " + snippet.door());
    }
  }

  private String run(Snippet snippet) throws IOException, InterruptedException {
    return switch (snippet.language() + " " + snippet.door()) {
      case "java engine" -> runJava(Jvm.ofThisTest(folder), snippet, Map.of(), README_PORT);
      case "java flight" -> runAgainstServer(snippet);
      case "java spark" -> runJava(Jvm.ofSpark(folder), snippet, Map.of(), README_PORT);
      case "java flink" -> runJava(Jvm.ofFlink(folder), snippet, Map.of(), README_PORT);
      case "sql spark" -> runSql(Jvm.ofSpark(folder), "SparkSql", snippet, sparkSettings());
      case "sql flink" -> runSql(Jvm.ofFlink(folder), "FlinkSql", snippet, "");
      default -> throw new AssertionError("No door to run " + snippet.title());
    };
  }

  private String sparkSettings() {
    return snippets.stream()
        .filter(one -> one.language().equals("properties") && one.door().equals("spark"))
        .map(Snippet::text)
        .collect(Collectors.joining());
  }

  private String runSql(Jvm jvm, String runner, Snippet snippet, String settings)
      throws IOException, InterruptedException {
    Path statements = Files.writeString(folder.resolve(runner + ".sql"), snippet.text());
    Path file = Files.writeString(folder.resolve(runner + ".properties"), settings);
    return jvm.runRunner(runner, statements.toString(), file.toString());
  }

  /** Makes a class of the snippet: its imports first, the rest the body of the main method. */
  private String runJava(Jvm jvm, Snippet snippet, Map<String, String> environment, String port)
      throws IOException, InterruptedException {
    Map<Boolean, String> parts =
        snippet
            .text()
            .lines()
            .collect(
                Collectors.partitioningBy(
                    line -> line.startsWith("import "), Collectors.joining("\n")));
    String source =
        "%s\npublic final class Example {\npublic static void main(String[] arguments) throws Exception {\n%s\n}\n}\n"
            .formatted(parts.get(true), parts.get(false).replace(README_PORT, port));
    Path file = Files.createDirectories(folder.resolve("line" + snippet.line()));
    return jvm.runSource(Files.writeString(file.resolve("Example.java"), source), environment);
  }

  private String runAgainstServer(Snippet snippet) throws IOException, InterruptedException {
    Path keys = folder.resolve("keys.json");
    String key = ApiKeys.open(keys).newAdminKey().orElseThrow();
    Path portFile = folder.resolve("port");
    Jvm jvm = Jvm.ofThisTest(folder);
    List<String> command = new ArrayList<>(jvm.options());
    command.addAll(List.of("-cp", jvm.classPath(), "io.proximadb.cli.Main"));
    command.addAll(List.of(SERVER_COMMAND.split(" ")).subList(1, 4));
    command.addAll(List.of("--port", "0", "--port-file", portFile.toString()));
    command.addAll(List.of("--keys-file", keys.toString()));
    Process server =
        jvm.start(command, Map.of(), folder.resolve("server.out"), folder.resolve("server.err"));
    try {
      Awaitility.await("the server listens")
          .atMost(Duration.ofSeconds(60))
          .failFast("the server ended", () -> !server.isAlive())
          .until(() -> Files.exists(portFile));
      Map<String, String> environment = Map.of("PROXIMADB_API_KEY", key);
      return runJava(jvm, snippet, environment, Files.readString(portFile));
    } finally {
      server.destroy();
      server.waitFor();
    }
  }
}
