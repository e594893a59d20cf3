package io.proximadb.crashtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.crashtest.Summary.Count;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The short form of {@code ./proximadb crash-test}: what the next process finds is what was
 * acknowledged.
 */
class KillTest {
  private static final int ROUNDS = Integer.getInteger("proximadb.kill-rounds", 30);

  @TempDir Path folder;

  @Test
  void nothingIsLostWhenTheProcessIsKilled() throws Exception {
    rounds("KillTest.plain", Variant.PLAIN);
  }

  @Test
  void nothingIsLostWhenUnsyncedBytesAndNamesAreLostToo() throws Exception {
    rounds("KillTest.lossy", Variant.LOSSY);
  }

  private void rounds(String test, Variant variant) throws Exception {
    CrashTest crashTest =
        new CrashTest(options(ROUNDS, Seed.random(test).nextInt(1 << 30), variant), round -> {});
    crashTest.run();
    System.out.println(test + ":\n" + crashTest.summary());
    assertThat(crashTest.summary().get(Count.ROUNDS)).isEqualTo(ROUNDS);
    assertThat(crashTest.summary().get(Count.OPERATIONS)).isGreaterThan(ROUNDS);
  }

  private CrashTestOptions options(int rounds, long seed, Variant variant) {
    return CrashTestOptions.of(rounds, seed, folder).withVariants(EnumSet.of(variant));
  }

  static Set<String> steps() {
    return Set.copyOf(KillPoint.STEPS);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aCrashAtAnyStepOfFlushOrCompactionChangesNothing(String step) throws Exception {
    long seed = Seed.random("KillTest." + step).nextInt(1 << 30);
    UnaryOperator<RoundPlan> atStep =
        plan -> plan.withKillPoint(KillPoint.atStep(step, 1 + (int) (plan.seed() & 3)));
    CrashTest crashTest =
        new CrashTest(
            CrashTestOptions.of(1, seed, folder).withVariants(Set.of(Variant.PLAIN, Variant.LOSSY)),
            round -> {},
            atStep);
    crashTest.run();
    assertThat(crashTest.summary().get(Count.ROUNDS)).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(names = {"LYING_ABOUT_FILES", "LYING_ABOUT_FOLDERS"})
  void aDiskThatDoesNotSyncIsFoundOutWithTheWayToSeeItAgain(Variant variant) {
    CrashTest crashTest = new CrashTest(options(10, 1, variant), round -> {});
    assertThatThrownBy(crashTest::run)
        .isInstanceOf(CrashTestFailure.class)
        .hasMessageContaining("replay: ./proximadb crash-test --seed 1 --from ")
        .hasMessageContaining(" --variant " + variant)
        .hasMessageContaining("data now: " + folder);
  }
}
