package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.proximadb.client.ProximaFlightClient;
import io.proximadb.server.Samples;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server as a process: first start, end, kill, restart. */
class ServerMainTest {
  private static final String KEY_LINE = "API key of the administrator, shown only now: ";

  @TempDir Path folder;
  private final List<Process> processes = new ArrayList<>();
  private int starts;

  @AfterEach
  void stopWhatStillRuns() {
    processes.forEach(Process::destroyForcibly);
  }

  private record Started(Process process, int port, Path output) {
    String text() throws IOException {
      return Files.readString(output);
    }
  }

  private Process launch(Path output, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.add("-Xmx256m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(ServerMain.class.getName());
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    processes.add(process);
    return process;
  }

  private Started start(String... extra) throws IOException {
    int number = ++starts;
    Path portFile = folder.resolve("port-" + number);
    Path output = folder.resolve("output-" + number);
    List<String> args = new ArrayList<>();
    args.addAll(List.of("--warehouse", folder.resolve("warehouse").toString()));
    args.addAll(List.of("--port", "0", "--port-file", portFile.toString()));
    args.addAll(List.of(extra));
    Process process = launch(output, args.toArray(String[]::new));
    await()
        .atMost(Duration.ofMinutes(1))
        .failFast("the server ended, see " + output, () -> !process.isAlive())
        .until(() -> Files.exists(portFile));
    return new Started(process, Integer.parseInt(Files.readString(portFile)), output);
  }

  @Test
  void theKeyIsShownOnceAndAcknowledgedRowsSurviveEndAndKill() throws Exception {
    Started first = start();
    String key =
        first.text().lines().filter(line -> line.startsWith(KEY_LINE)).findFirst().orElseThrow();
    key = key.substring(KEY_LINE.length());
    try (ProximaFlightClient client = ProximaFlightClient.connect("127.0.0.1", first.port(), key)) {
      client.create(Samples.DOCS, Samples.DOCS_SCHEMA);
      client.upsert(Samples.DOCS, Samples.docs(0, 10));
    }
    first.process().destroy();
    assertThat(first.process().waitFor(1, TimeUnit.MINUTES)).isTrue();

    Path gatewayPort = folder.resolve("gateway-port");
    Started second = start("--gateway-port-file", gatewayPort.toString());
    assertThat(second.text())
        .contains("Listening on grpc")
        .contains("Listening on http://127.0.0.1:" + Files.readString(gatewayPort))
        .doesNotContain(KEY_LINE)
        .doesNotContain(key);
    try (ProximaFlightClient client =
        ProximaFlightClient.connect("127.0.0.1", second.port(), key)) {
      assertThat(client.describe(Samples.DOCS).dataRows()).as("flushed at the end").isEqualTo(10);
      client.upsert(Samples.DOCS, Samples.docs(10, 20));
    }
    second.process().destroyForcibly();
    assertThat(second.process().waitFor(1, TimeUnit.MINUTES)).isTrue();

    Started third = start();
    try (ProximaFlightClient client = ProximaFlightClient.connect("127.0.0.1", third.port(), key)) {
      assertThat(client.get(Samples.DOCS, List.of("doc-0", "doc-10", "doc-19"))).hasSize(3);
    }
  }

  @Test
  void insecureServersListenOnLoopbackAlone() throws Exception {
    Path output = folder.resolve("refused");
    Process refused =
        launch(
            output,
            "--warehouse",
            folder.resolve("warehouse").toString(),
            "--insecure",
            "--host",
            "0.0.0.0");
    assertThat(refused.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(refused.exitValue()).isEqualTo(2);
    assertThat(Files.readString(output))
        .contains("Invalid host of a server without API keys: '0.0.0.0' (expected a loopback")
        .doesNotContain("\tat ");
    assertThat(folder.resolve("warehouse")).doesNotExist();

    Started open = start("--insecure");
    try (ProximaFlightClient client = ProximaFlightClient.connect("127.0.0.1", open.port(), null)) {
      assertThat(client.list()).isEmpty();
    }
    assertThat(folder.resolve("warehouse/_proximadb/server/keys.json")).doesNotExist();
  }

  @Test
  void settingsComeFromTheFileAndTheCommandLineAndAreShownWithoutSecrets() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("server.properties"),
            """
            warehouse=data
            port=1
            gateway-port=2
            insecure=true
            catalog-property.jdbc.password=hidden-word
            """);
    StringWriter out = new StringWriter();
    int exit =
        ServerMain.commandLine()
            .setOut(new PrintWriter(out))
            .execute("--config", file.toString(), "--port", "0", "--print-config");

    assertThat(exit).isZero();
    assertThat(out.toString())
        .contains("# command line\nport=0\n")
        .contains("# " + file + "\ngateway-port=2\n")
        .contains("insecure=true")
        .contains("catalog-property.jdbc.password=")
        .doesNotContain("hidden-word");
  }

  @Test
  void settingsThatThereAreNotAreRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("server.properties"), "wharehouse=data\n");
    StringWriter err = new StringWriter();
    int exit =
        ServerMain.commandLine()
            .setErr(new PrintWriter(err))
            .execute("--config", file.toString(), "--print-config");

    assertThat(exit).isEqualTo(2);
    assertThat(err.toString()).contains("'wharehouse' (expected one of [catalog-property, ");
  }

  @Test
  void aServerWithoutAWarehouseSaysSo() {
    StringWriter err = new StringWriter();

    assertThat(ServerMain.commandLine().setErr(new PrintWriter(err)).execute("--insecure"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("no --warehouse (expected a folder, or a URI)");
  }
}
