package io.proximadb.cli.quickstart;

import io.proximadb.cli.CliException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A Java process of its own. Its standard output carries messages for us, lines that begin with
 * {@value #MESSAGE}; everything else it prints goes to its log file.
 */
final class ChildJvm implements AutoCloseable {
  /** Marks a line of standard output as a message. */
  static final String MESSAGE = "@ ";

  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(20);
  private static final int LOG_LINES_SHOWN = 15;

  /** Processes to stop when this one is stopped, for instance by Ctrl-C. */
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> RUNNING.forEach(Process::destroy), "proximadb-stop-children"));
  }

  private final String name;
  private final Path log;
  private final Process process;
  private final Thread reader;
  private volatile @Nullable IOException readFailure;

  private ChildJvm(String name, Path log, Process process, Consumer<String> messages) {
    this.name = name;
    this.log = log;
    this.process = process;
    this.reader = new Thread(() -> read(messages), name + "-output");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * Starts a process.
   *
   * @param name what it is called in messages
   * @param command what follows {@code java} on the command line
   * @param log where its output goes
   * @param messages receives the messages, on another thread
   */
  static ChildJvm start(String name, List<String> command, Path log, Consumer<String> messages) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(command);
    try {
      Files.createDirectories(log.toAbsolutePath().getParent());
      Files.deleteIfExists(log);
      Path errors = Path.of(log + ".err");
      Process process =
          new ProcessBuilder(line)
              .redirectError(ProcessBuilder.Redirect.to(errors.toFile()))
              .start();
      RUNNING.add(process);
      process.getOutputStream().close();
      return new ChildJvm(name, log, process, messages);
    } catch (IOException e) {
      throw new CliException("Cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  private void read(Consumer<String> messages) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        PrintWriter file = new PrintWriter(log.toFile(), StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(MESSAGE)) {
          messages.accept(line.substring(MESSAGE.length()));
        } else {
          file.println(line);
          file.flush();
        }
      }
    } catch (IOException e) {
      readFailure = e;
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until the process has ended by itself.
   *
   * @throws CliException if it takes longer than that or ends with an error
   */
  void await(Duration timeout) {
    try {
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        close();
        throw failure("it did not end in " + timeout.toSeconds() + " s");
      }
      reader.join(STOP_TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw failure("interrupted");
    }
    if (process.exitValue() != 0) {
      throw failure("its process ended with exit code " + process.exitValue());
    }
    IOException unread = readFailure;
    if (unread != null) {
      throw failure("its output cannot be read: " + unread.getMessage());
    }
  }

  /** The exception for a process that failed, with the end of its log. */
  CliException failure(String reason) {
    StringBuilder message = new StringBuilder("Cannot finish " + name + ": " + reason);
    for (Path file : List.of(log, Path.of(log + ".err"))) {
      List<String> lines = lastLines(file);
      if (!lines.isEmpty()) {
        message.append("\n  last lines of ").append(file).append(':');
        lines.forEach(line -> message.append("\n    ").append(line));
      }
    }
    return new CliException(message.toString());
  }

  private static List<String> lastLines(Path file) {
    try {
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      return lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size());
    } catch (IOException e) {
      return List.of("(cannot be read: " + e.getMessage() + ")");
    }
  }

  /** Stops the process if it still runs: politely first. */
  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    RUNNING.remove(process);
  }
}
