package io.proximadb.crashtest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What to run.
 *
 * @param rounds how many lives of a process in each variant, at least 1
 * @param firstRound where to begin, from 1; rounds before it are skipped
 * @param seed all else follows from it
 * @param variants of the disk
 * @param folder where the data is; deleted after success
 * @param lanes how many processes run at once, at least 1
 */
public record CrashTestOptions(
    int rounds, int firstRound, long seed, Set<Variant> variants, Path folder, int lanes) {
  public CrashTestOptions {
    variants = Set.copyOf(variants);
    check("rounds", rounds);
    check("first round", firstRound);
    check("number of processes", lanes);
  }

  /** Both variants, from the first round, as many processes at once as there are processors. */
  public static CrashTestOptions of(int rounds, long seed, Path folder) {
    return new CrashTestOptions(
        rounds,
        1,
        seed,
        EnumSet.of(Variant.PLAIN, Variant.LOSSY),
        folder,
        Math.min(4, Runtime.getRuntime().availableProcessors()));
  }

  private static void check(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "Invalid " + name + ": " + value + " (expected at least 1)");
    }
  }

  /** The same with some variants only. */
  public CrashTestOptions withVariants(Set<Variant> wanted) {
    return new CrashTestOptions(rounds, firstRound, seed, wanted, folder, lanes);
  }

  /** The last round. */
  int lastRound() {
    return firstRound + rounds - 1;
  }

  /** Reads {@code --rounds N --seed S --from R --variant V --dir DIR --processes N}. */
  static CrashTestOptions parse(List<String> arguments) {
    int rounds = 30;
    int from = 1;
    int lanes = Math.min(4, Runtime.getRuntime().availableProcessors());
    long seed = System.nanoTime() & 0xffff_ffffL;
    Set<Variant> variants = EnumSet.of(Variant.PLAIN, Variant.LOSSY);
    Path folder =
        Path.of(
            System.getProperty("java.io.tmpdir"),
            "proximadb-crash-test-" + ProcessHandle.current().pid());
    for (List<String> rest = new ArrayList<>(arguments); !rest.isEmpty(); ) {
      String name = rest.remove(0);
      if (rest.isEmpty()) {
        throw new IllegalArgumentException("Invalid arguments: no value after " + name);
      }
      String value = rest.remove(0);
      switch (name) {
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--from" -> from = Integer.parseInt(value);
        case "--seed" -> seed = Long.parseLong(value);
        case "--variant" -> variants = EnumSet.of(Variant.parse(value));
        case "--dir" -> folder = Path.of(value);
        case "--processes" -> lanes = Integer.parseInt(value);
        default -> throw new IllegalArgumentException("Invalid argument: " + name);
      }
    }
    return new CrashTestOptions(rounds, from, seed, variants, folder, lanes);
  }
}
