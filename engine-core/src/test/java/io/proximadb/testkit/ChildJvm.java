package io.proximadb.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A process that runs a main method of the tests' class path, to be killed. */
public final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    this.output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** Starts a class's main method; its errors go to this process's. */
  public static ChildJvm start(Class<?> main, String... arguments) throws IOException {
    return start(Map.of(), main, arguments);
  }

  /** The same with system properties. */
  public static ChildJvm start(
      Map<String, String> systemProperties, Class<?> main, String... arguments) throws IOException {
    return start(List.of(), systemProperties, main, arguments);
  }

  /**
   * The same with options of the virtual machine, which go over those that are usual here: half a
   * gigabyte of heap, and code that starts fast.
   */
  public static ChildJvm start(
      List<String> options,
      Map<String, String> systemProperties,
      Class<?> main,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.addAll(options);
    systemProperties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new ChildJvm(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  public long pid() {
    return process.pid();
  }

  /** Waits for the next line that the process prints; null after its end. */
  public String readLine() throws IOException {
    return output.readLine();
  }

  /** After a kill: the lines that were printed and not read; a line without its end is left out. */
  public List<String> remainingWholeLines() throws IOException {
    StringBuilder rest = new StringBuilder();
    for (int next = output.read(); next >= 0; next = output.read()) {
      rest.append((char) next);
    }
    int end = rest.lastIndexOf("\n");
    return end < 0 ? List.of() : rest.substring(0, end).lines().toList();
  }

  /** SIGKILL; returns when the process is gone. */
  public void kill() throws InterruptedException {
    // By its handle: Process itself would close the output that is still to be read.
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  @Override
  public void close() throws InterruptedException, IOException {
    kill();
    output.close();
  }
}
