package io.proximadb.gateway;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server without keys in a process of its own, which can be killed. */
final class ServerProcess implements AutoCloseable {
  private final Process process;
  private final int port;
  private final int gatewayPort;

  private ServerProcess(Process process, int port, int gatewayPort) {
    this.process = process;
    this.port = port;
    this.gatewayPort = gatewayPort;
  }

  /** Starts it and waits until it listens. */
  static ServerProcess start(Path folder, String name, String... settings) throws IOException {
    Path portFile = folder.resolve("port-" + name);
    Path gatewayPortFile = folder.resolve("gateway-port-" + name);
    Path output = folder.resolve("output-" + name);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.nio=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                ServerMain.class.getName(),
                "--insecure",
                "--port=0",
                "--port-file=" + portFile,
                "--gateway-port-file=" + gatewayPortFile));
    command.addAll(List.of(settings));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    await()
        .atMost(Duration.ofMinutes(1))
        .failFast("the server ended, see " + output, () -> !process.isAlive())
        .until(() -> Files.exists(portFile));
    return new ServerProcess(
        process,
        Integer.parseInt(Files.readString(portFile)),
        Integer.parseInt(Files.readString(gatewayPortFile)));
  }

  int port() {
    return port;
  }

  int gatewayPort() {
    return gatewayPort;
  }

  /** Kills it as it stands; nothing of it runs after this. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      throw new AssertionError("a killed server goes on");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
