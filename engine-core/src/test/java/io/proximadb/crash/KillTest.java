package io.proximadb.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.crash.CrashChild.Operation;
import io.proximadb.crash.CrashChild.Operations;
import io.proximadb.testkit.Seed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kills writer processes and compares what the next one finds with what was acknowledged: nothing
 * acknowledged is lost, nothing is there twice, no unit is torn.
 */
class KillTest {
  private static final int ROUNDS = Integer.getInteger("proximadb.kill-rounds", 20);

  @TempDir Path folder;

  /** What one thread's records may be: after its last acknowledged unit, or after the next one. */
  private static final class Expected {
    private final Map<String, Long> acknowledged = new TreeMap<>();
    private Map<String, Long> withUnanswered = new TreeMap<>();

    void settle(Map<String, Long> found, String round) {
      if (!found.equals(withUnanswered)) {
        assertThat(found).as(round).isEqualTo(acknowledged);
      }
      acknowledged.clear();
      acknowledged.putAll(found);
      withUnanswered = new TreeMap<>(found);
    }
  }

  private final List<Expected> expected = new ArrayList<>();

  private record Run(List<String> lines, int exit) {}

  @Test
  void nothingIsLostWhenTheProcessIsKilled() throws Exception {
    rounds(new Random(Seed.random("KillTest.kill").nextLong()), "");
  }

  @Test
  void nothingIsLostWhenUnsyncedBytesAndNamesAreLostToo() throws Exception {
    rounds(new Random(Seed.random("KillTest.lossy").nextLong()), "io.proximadb.testkit.LossyDisk");
  }

  private void rounds(Random random, String disk) throws Exception {
    begin();
    long acknowledged = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long seed = random.nextInt(1_000_000);
      int killAfter = 20 + random.nextInt(300);
      Run run = run(seed, "", 1, disk, killAfter);
      acknowledged += check(run, seed, "round " + round);
    }
    Run last = run(0, "", 1, disk, 0);
    check(last, 0, "the last round");
    System.out.println(acknowledged + " units acknowledged in " + ROUNDS + " rounds");
    assertThat(acknowledged).isGreaterThan(ROUNDS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flush.frozen",
        "flush.staged",
        "flush.promoted",
        "flush.committed",
        "flush.installed",
        "flush.released"
      })
  void aCrashAtAnyStepOfAFlushChangesNothing(String step) throws Exception {
    Random random = new Random(Seed.random("KillTest." + step).nextLong());
    begin();
    String disk = "io.proximadb.testkit.LossyDisk";
    for (int visit = 1; visit <= 2; visit++) {
      long seed = random.nextInt(1_000_000);
      Run run = run(seed, step, visit, visit == 1 ? "" : disk, Integer.MAX_VALUE);
      assertThat(run.exit()).as("halted at " + step).isEqualTo(42);
      check(run, seed, step + ", visit " + visit);
    }
    check(run(0, "", 1, "", 0), 0, "after " + step);
  }

  private void begin() {
    for (int thread = 0; thread < CrashChild.THREADS; thread++) {
      expected.add(new Expected());
    }
  }

  /** Compares what the process found, then follows what it did. Returns units acknowledged. */
  private long check(Run run, long seed, String round) {
    List<Map<String, Long>> found = new ArrayList<>();
    expected.forEach(thread -> found.add(new TreeMap<>()));
    int line = 0;
    for (; line < run.lines().size() && !run.lines().get(line).equals("E"); line++) {
      String[] parts = run.lines().get(line).split(" ");
      assertThat(parts[0]).as(round + ": " + run.lines().get(line)).isEqualTo("S");
      int thread = parts[1].charAt(1) - '0';
      Long before = found.get(thread).put(parts[1], Long.valueOf(parts[2]));
      assertThat(before).as(round + ": " + parts[1] + " is there twice").isNull();
    }
    assertThat(line).as(round + ": the process told what it found").isLessThan(run.lines().size());
    for (int thread = 0; thread < expected.size(); thread++) {
      expected.get(thread).settle(found.get(thread), round + ", thread " + thread);
    }
    return follow(run.lines().subList(line + 1, run.lines().size()), seed);
  }

  private long follow(List<String> lines, long seed) {
    Map<Integer, Operations> operations = new HashMap<>();
    Map<Integer, Operation> begun = new HashMap<>();
    long acknowledged = 0;
    for (String line : lines) {
      String[] parts = line.split(" ");
      int thread = Integer.parseInt(parts[1]);
      Expected state = expected.get(thread);
      if (parts[0].equals("B")) {
        Operation next =
            operations.computeIfAbsent(thread, key -> new Operations(seed, thread)).next();
        begun.put(thread, next);
        next.apply(state.withUnanswered);
      } else {
        begun.remove(thread).apply(state.acknowledged);
        acknowledged++;
      }
    }
    return acknowledged;
  }

  /** Runs a process until it halts itself or has acknowledged that many units. */
  private Run run(long seed, String haltAt, int visit, String disk, int killAfter)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "-Dcrash.warehouse=" + folder,
                "-Dcrash.seed=" + seed,
                "-Dcrash.halt-at=" + haltAt,
                "-Dcrash.halt-at-visit=" + visit,
                "-Dcrash.disk=" + disk,
                CrashChild.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> lines = new ArrayList<>();
    boolean told = false;
    int acknowledged = 0;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      while (line != null) {
        lines.add(line);
        told |= line.equals("E");
        acknowledged += line.startsWith("A") ? 1 : 0;
        if (told && acknowledged >= killAfter) {
          process.toHandle().destroyForcibly(); // SIGKILL, and the pipe stays readable
        }
        line = reader.readLine();
      }
    }
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return new Run(lines, process.exitValue());
  }
}
