package io.proximadb.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs a main class of the module {@code crash-test}, which has the test kit, in its own JVM. */
final class TestProcess {
  private static final String MODULE = "crash-test";

  private TestProcess() {}

  /** Runs it to its end; it is stopped with this process. */
  static int run(String main, List<String> jvmOptions, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.add("-Dproximadb.interactive=" + Boolean.getBoolean("proximadb.interactive"));
    command.add("-Dorg.slf4j.simpleLogger.defaultLogLevel=error");
    command.addAll(List.of("-cp", Installation.find().classPath(MODULE), main));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "stop-test"));
    return process.waitFor();
  }
}
