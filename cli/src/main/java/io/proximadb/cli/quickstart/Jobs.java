package io.proximadb.cli.quickstart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.cli.CliException;
import io.proximadb.cli.Installation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The Spark and Flink programs of the quickstart, each in a JVM with a class path of its own: the
 * two platforms cannot share one.
 */
final class Jobs {
  /** Ten times what a start of Spark or Flink and a few thousand rows take on two busy cores. */
  private static final Duration TIMEOUT = Duration.ofMinutes(4);

  private static final String SPARK_MODULE = "quickstart/spark";
  private static final String FLINK_MODULE = "quickstart/flink";
  private static final String SPARK_PACKAGE = "io.proximadb.quickstart.spark.";
  private static final String FLINK_PACKAGE = "io.proximadb.quickstart.flink.";

  private static final List<String> FLINK_OPTIONS =
      List.of(
          "-XX:+IgnoreUnrecognizedVMOptions",
          "-Xmx1g",
          "--add-modules=jdk.incubator.vector",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Installation installation;
  private final WorkFolder work;
  private final String collection;

  Jobs(Installation installation, WorkFolder work, String collection) {
    this.installation = installation;
    this.work = work;
    this.collection = collection;
  }

  /** Writes glosses with a Spark job, see {@code WriteGlosses}. */
  JsonNode writeWithSpark(Path glosses, Consumer<String> phases) {
    return run(
        "the Spark job that writes",
        "spark-write.log",
        sparkCommand("WriteGlosses", work.warehouse().toString(), collection, glosses.toString()),
        message -> phase(message, phases));
  }

  /** Streams changes with a Flink job, see {@code StreamChanges}. */
  JsonNode streamWithFlink(
      Path changes, int count, Consumer<String> phases, Consumer<JsonNode> commits) {
    List<String> command = new ArrayList<>(FLINK_OPTIONS);
    command.addAll(
        List.of(
            "-cp",
            installation.classPath(FLINK_MODULE),
            FLINK_PACKAGE + "StreamChanges",
            work.warehouse().toString(),
            collection,
            changes.toString(),
            Integer.toString(count)));
    return run(
        "the Flink job",
        "flink.log",
        command,
        message -> {
          phase(message, phases);
          if (message.has("commit")) {
            commits.accept(message.get("commit"));
          }
        });
  }

  /** Asks in SQL with a Spark job, see {@code AskInSql}. */
  JsonNode askInSql(Path question, String category, int k, Consumer<String> phases) {
    return run(
        "the Spark job that asks",
        "spark-ask.log",
        sparkCommand(
            "AskInSql",
            work.warehouse().toString(),
            collection,
            question.toString(),
            category,
            Integer.toString(k)),
        message -> phase(message, phases));
  }

  private List<String> sparkCommand(String program, String... arguments) {
    Path options = installation.root().resolve(SPARK_MODULE).resolve("target/classes/jvm.options");
    List<String> command = new ArrayList<>();
    command.add("@" + options);
    command.add("-Xmx1g");
    command.add("-cp");
    command.add(installation.classPath(SPARK_MODULE));
    command.add(SPARK_PACKAGE + program);
    command.addAll(List.of(arguments));
    return command;
  }

  private static void phase(JsonNode message, Consumer<String> phases) {
    if (message.has("phase")) {
      phases.accept(message.get("phase").asText());
    }
  }

  /** Runs a program to its end and gives the result it reported. */
  private JsonNode run(String name, String log, List<String> command, Consumer<JsonNode> messages) {
    AtomicReference<@Nullable JsonNode> result = new AtomicReference<>();
    Consumer<String> receiver =
        line -> {
          JsonNode message = parse(line);
          messages.accept(message);
          if (message.has("result")) {
            result.set(message.get("result"));
          }
        };
    try (ChildJvm child = ChildJvm.start(name, command, work.logs().resolve(log), receiver)) {
      child.await(TIMEOUT);
      JsonNode reported = result.get();
      if (reported == null) {
        throw child.failure("it ended without a result");
      }
      return reported;
    }
  }

  private static JsonNode parse(String line) {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new CliException("Invalid message of a process: " + line, e);
    }
  }
}
