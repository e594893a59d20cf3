package io.proximadb.crashtest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One {@link CrashChild} from its start until it is killed. */
final class Life {
  /** A process that says nothing for so long hangs. */
  private static final int TIMEOUT_S = 180;

  private static final int ERROR_LINES_SHOWN = 20;

  /** Processes to kill when this one ends before them, for instance by Ctrl-C. */
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "kill-all"));
  }

  private final Process process;
  private final Path errors;
  private volatile boolean timedOut;
  private boolean asked;

  private Life(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
  }

  /** Starts a process; {@code properties} are its system properties. */
  static Life start(Map<String, String> properties, Path errors) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx384m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(CrashChild.class.getName());
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
            .start();
    RUNNING.add(process);
    Life life = new Life(process, errors);
    CompletableFuture.delayedExecutor(TIMEOUT_S, TimeUnit.SECONDS).execute(life::giveUp);
    return life;
  }

  private void giveUp() {
    if (process.isAlive()) {
      timedOut = true;
      process.destroyForcibly();
    }
  }

  /**
   * Hands on its lines, kills it when it asks for it, and returns when it is gone.
   *
   * @throws CrashTestFailure if it ends before it asked
   */
  void run(Consumer<String> lines) throws IOException {
    StringBuilder line = new StringBuilder();
    try (InputStream output = process.getInputStream()) {
      byte[] bytes = new byte[1 << 14];
      for (int count = output.read(bytes); count >= 0; count = output.read(bytes)) {
        // Lines are ASCII. What comes without a line's end was cut off by the signal.
        String text = new String(bytes, 0, count, StandardCharsets.US_ASCII);
        for (int i = 0; i < text.length(); i++) {
          if (text.charAt(i) == '\n') {
            accept(line.toString(), lines);
            line.setLength(0);
          } else {
            line.append(text.charAt(i));
          }
        }
      }
    }
    int exit = process.onExit().join().exitValue();
    RUNNING.remove(process);
    if (timedOut) {
      throw new CrashTestFailure(
          "the process did not reach its end in " + TIMEOUT_S + " s: it hangs" + lastErrors());
    }
    if (!asked) {
      throw new CrashTestFailure(
          "the process ended by itself (exit code " + exit + ")" + lastErrors());
    }
  }

  private void accept(String line, Consumer<String> lines) {
    lines.accept(line);
    if (line.startsWith("K")) {
      asked = true;
      // SIGKILL; by its handle, because Process itself would close what is still to be read.
      process.toHandle().destroyForcibly();
    }
  }

  private String lastErrors() throws IOException {
    List<String> all = Files.readAllLines(errors, StandardCharsets.UTF_8);
    List<String> last = all.subList(Math.max(0, all.size() - ERROR_LINES_SHOWN), all.size());
    return "; it said:\n    " + String.join("\n    ", last);
  }
}
