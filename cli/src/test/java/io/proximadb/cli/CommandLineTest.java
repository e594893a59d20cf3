package io.proximadb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandLineTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void helpNamesCommandsAndExamples() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("quickstart", "bench", "crash-test", "Examples:", "./proximadb quickstart");
  }

  @Test
  void versionIsThatOfTheBuild() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).containsPattern("ProximaDB \\d+\\.\\d+\\.\\d+");
  }

  @Test
  void commandIsNeeded() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("Missing command", "Usage: proximadb");
  }

  @Test
  void benchWithoutNameListsBenchmarks() {
    assertThat(run("bench")).isZero();
    assertThat(out.toString())
        .containsPattern("(?m)^scan\\s+\\S+")
        .containsPattern("(?m)^wal\\s+\\S+");
  }

  @Test
  void crashTestThatIsNotBuiltSaysHowToBuildIt(@TempDir Path empty) {
    String before = System.getProperty(Installation.HOME_PROPERTY);
    System.setProperty(Installation.HOME_PROPERTY, empty.toString());
    try {
      assertThat(run("crash-test", "--rounds", "1")).isEqualTo(1);
    } finally {
      if (before == null) {
        System.clearProperty(Installation.HOME_PROPERTY);
      } else {
        System.setProperty(Installation.HOME_PROPERTY, before);
      }
    }
    assertThat(err.toString()).contains("module crash-test", "it is not built");
  }

  @Test
  void unknownBenchmarkIsNamedWithTheKnownOnes() {
    assertThat(run("bench", "speed")).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid benchmark: 'speed' (expected one of ann, ");
  }

  @Test
  void benchmarkChecksItsOptions(@TempDir Path empty) {
    assertThat(run("bench", "wal", "--folder", empty.resolve("none").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid --folder", "expected a folder on the disk");
    assertThat(run("bench", "wal", "--seconds", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid --seconds: 0.0 (expected above 0");
    assertThat(run("bench", "filter", "--index", "ivf,bits=4")).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid --index: ", "unknown setting 'bits'");
    assertThat(run("bench", "churn", "--index", "btree")).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid index type: 'btree' (expected one of ");
    assertThat(run("bench", "exact", "--only", "size")).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid --only: 'size' (exact has no parts)");
    assertThat(run("bench", "storage", "--only", "writes")).isNotZero();
    assertThat(err.toString()).contains("Invalid part: 'writes' (expected one of size, gets,");
  }

  @Test
  void benchmarkWithoutDataSaysHowToGetIt(@TempDir Path empty) {
    assertThat(run("bench", "scan", "--data", empty.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains("error: Cannot find train-images-idx3-ubyte.gz", "dataset-fashion-mnist")
        .doesNotContain("\tat ");
  }
}
