package io.proximadb.crashtest;

import io.proximadb.ProximaEngine;
import io.proximadb.crashtest.Summary.Count;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The rounds of one data folder, each a process that finds what the one before left, and at their
 * end a look at all in this process.
 */
final class Generation {
  /** Rounds on the same data; then it begins anew, so that files do not pile up. */
  static final int ROUNDS = 5;

  private final CrashTestOptions options;
  private final Variant variant;
  private final int number;
  private final Path folder;
  private final Summary summary;
  private final Consumer<String> progress;
  private final UnaryOperator<RoundPlan> plans;
  private final long seed;
  private final List<Expectation> expectations = new ArrayList<>();
  private int round;
  private boolean told;

  /**
   * A generation that has not begun.
   *
   * @param number from 0
   * @param progress is told of each round that is over
   * @param plans changes what follows from the seed
   */
  Generation(
      CrashTestOptions options,
      Variant variant,
      int number,
      Summary summary,
      Consumer<String> progress,
      UnaryOperator<RoundPlan> plans) {
    this.options = options;
    this.variant = variant;
    this.number = number;
    this.folder = options.folder().resolve(variant + "-" + firstRound(number));
    this.summary = summary;
    this.progress = progress;
    this.plans = plans;
    this.seed = RoundPlan.seedOf(options.seed(), -1 - number, variant);
    for (int writer = 0; writer < Workload.MAX_WRITERS; writer++) {
      expectations.add(new Expectation(writer));
    }
  }

  /** The first round of a generation. */
  static int firstRound(int number) {
    return number * ROUNDS + 1;
  }

  /** The generation of a round. */
  static int of(int round) {
    return (round - 1) / ROUNDS;
  }

  /**
   * Runs all rounds, or up to the last one wanted.
   *
   * @throws CrashTestFailure if something is wrong; the data stays
   */
  void run() throws IOException {
    Folders.delete(folder);
    Files.createDirectories(folder);
    try {
      int last = Math.min(firstRound(number) + ROUNDS - 1, options.lastRound());
      for (round = firstRound(number); round <= last; round++) {
        live();
        summary.add(Count.ROUNDS, 1);
        progress.accept("round " + round + ", " + variant);
      }
      round = last;
      // Closing in order must not change anything either.
      check(look());
      check(look());
    } catch (CrashTestFailure | io.proximadb.error.ProximaException e) {
      throw new CrashTestFailure(describe(String.valueOf(e.getMessage())));
    }
    Folders.delete(folder);
  }

  private String describe(String message) {
    return "round "
        + round
        + ", "
        + variant
        + ", seed "
        + options.seed()
        + ": "
        + message
        + "\n  replay: ./proximadb crash-test --seed "
        + options.seed()
        + " --from "
        + firstRound(number)
        + " --rounds "
        + (round - firstRound(number) + 1)
        + " --variant "
        + variant
        + "\n  data now: "
        + data()
        + "\n  data as the last kill left it: "
        + asFound();
  }

  private Path data() {
    return folder.resolve("data");
  }

  private Path asFound() {
    return folder.resolve("as-killed");
  }

  private void live() throws IOException {
    keepAsFound();
    long roundSeed = RoundPlan.seedOf(options.seed(), round, variant);
    RoundPlan plan = plans.apply(RoundPlan.of(roundSeed));
    Path errors = folder.resolve("process.log");
    Files.deleteIfExists(errors);
    Map<String, String> properties = new HashMap<>();
    properties.put(CrashChild.FOLDER_PROPERTY, data().toString());
    properties.put(CrashChild.GENERATION_PROPERTY, Long.toString(seed));
    properties.put(CrashChild.ROUND_PROPERTY, Long.toString(roundSeed));
    properties.put(CrashChild.VARIANT_PROPERTY, variant.toString());
    if (plan.killPoint().kind() == KillPoint.Kind.STEP) {
      properties.put(CrashChild.STEP_PROPERTY, plan.killPoint().step());
      properties.put(CrashChild.VISIT_PROPERTY, Integer.toString(plan.killPoint().count()));
    }
    told = false;
    Inventory found = Inventory.empty();
    List<String> failures = new ArrayList<>();
    Life life = Life.start(properties, errors);
    try {
      life.run(line -> accept(line, plan, found, failures));
    } catch (CrashTestFailure e) {
      failures.add(String.valueOf(e.getMessage()));
    }
    if (!failures.isEmpty()) {
      throw new CrashTestFailure(String.join("\n  ", failures) + "\n  plan: " + plan);
    }
    if (!told) {
      summary.add(Count.KILLS_DURING_RECOVERY, 1);
    }
    countTornTails(errors);
  }

  private void keepAsFound() throws IOException {
    Folders.delete(asFound());
    if (Files.exists(data())) {
      Folders.copy(data(), asFound());
    }
  }

  private void accept(String line, RoundPlan plan, Inventory found, List<String> failures) {
    if (line.startsWith("K")) {
      if (line.contains("flush.")) {
        summary.add(Count.KILLS_DURING_FLUSH, 1);
      }
      if (line.contains("compaction.")) {
        summary.add(Count.KILLS_DURING_COMPACTION, 1);
      }
    } else if (told && line.startsWith("A ")) {
      int writer = Integer.parseInt(line.split(" ")[1]);
      Operation done = expectations.get(writer).acknowledge();
      summary.add(Count.OPERATIONS, 1);
      summary.add(Count.RECORDS, done.unit().size());
    } else if (line.equals("E")) {
      told = true;
      summary.add(Count.RECOVERIES, 1);
      failures.addAll(compare(found));
      for (int writer = 0; writer < plan.writers(); writer++) {
        expectations.get(writer).begin(plan.seed());
      }
    } else if (told) {
      failures.add(line);
    } else {
      found.addLine(line);
    }
  }

  private List<String> compare(Inventory found) {
    List<String> wrong = new ArrayList<>(found.wrong());
    for (String text : wrong) {
      summary.add(text.startsWith("doubled") ? Count.DOUBLED : Count.WRONG, 1);
    }
    for (int writer = 0; writer < expectations.size(); writer++) {
      WriterState state = found.states().get(writer);
      for (String name : Workload.SHARED) {
        // A process may have died before it made them.
        state.collections().computeIfAbsent(name, key -> new java.util.TreeMap<>());
      }
      wrong.addAll(expectations.get(writer).settle(state, summary));
    }
    return wrong;
  }

  private Inventory look() {
    try (ProximaEngine engine = ProximaEngine.open(RoundPlan.optionsToCheck(data(), seed))) {
      return Inventory.read(engine);
    }
  }

  private void check(Inventory found) {
    summary.add(Count.RECOVERIES, 1);
    List<String> wrong = compare(found);
    if (!wrong.isEmpty()) {
      throw new CrashTestFailure("after the last round: " + String.join("\n  ", wrong));
    }
  }

  /** The log tells of them when it is opened. */
  private void countTornTails(Path errors) throws IOException {
    long count =
        Files.readAllLines(errors, StandardCharsets.UTF_8).stream()
            .filter(line -> line.contains("TornTail["))
            .count();
    summary.add(Count.TORN_TAILS, count);
  }
}
