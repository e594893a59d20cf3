package io.proximadb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, on a copy of the project's outline, with a Maven that only pretends. */
class LauncherTest {
  private static final Path SCRIPT = Path.of("..", "proximadb");

  @TempDir private Path home;

  private Path bin;
  private Path calls;

  private record Run(int exitCode, String output) {}

  @BeforeEach
  void layOut() throws IOException {
    Files.copy(SCRIPT, home.resolve("proximadb"));
    home.resolve("proximadb").toFile().setExecutable(true);
    bin = Files.createDirectories(home.resolve("tools/bin"));
    calls = home.resolve("calls.txt");
    Files.createDirectories(home.resolve("cli/src/main/java"));
    Files.writeString(home.resolve("pom.xml"), "<project/>");
    Files.writeString(home.resolve("cli/src/main/java/Main.java"), "class Main {}");
  }

  private void fakeMaven(String body) throws IOException {
    script(bin.resolve("mvn"), "echo \"$@\" >>" + calls + "\n" + body);
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/bash\n" + body);
    file.toFile().setExecutable(true);
  }

  /** A Maven that leaves behind what the real one would: our own class path, noted down. */
  private void workingMaven() throws IOException {
    fakeMaven(
        """
        echo '[INFO] Building ProximaDB :: cli 0.1.0 [3/3]'
        mkdir -p cli/target/classes
        printf '%%s' '%s' > cli/target/classpath.txt
        """
            .formatted(System.getProperty("java.class.path")));
  }

  private Run run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(home.resolve("proximadb").toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PATH", bin + File.pathSeparator + pathWithoutMaven());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes());
    return new Run(process.waitFor(), output);
  }

  /** A folder with the tools that the script needs, and no mvn. */
  private String pathWithoutMaven() throws IOException {
    Path tools = Files.createDirectories(home.resolve("tools/plain"));
    for (String tool :
        List.of(
            "bash",
            "cat",
            "dirname",
            "env",
            "find",
            "grep",
            "head",
            "mkdir",
            "readlink",
            "sed",
            "tee",
            "touch")) {
      for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
        Path found = Path.of(folder, tool);
        if (Files.isExecutable(found) && !Files.exists(tools.resolve(tool))) {
          script(tools.resolve(tool), "exec " + found + " \"$@\"\n");
        }
      }
    }
    return tools.toString();
  }

  private long mavenCalls() throws IOException {
    return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
  }

  @Test
  void buildsWhatIsMissingAndOnlyThen() throws Exception {
    workingMaven();

    Run first = run(Map.of(), "--version");
    assertThat(first.output()).contains("Building ProximaDB", "[3/3]", "built in", "ProximaDB 0.");
    assertThat(first.exitCode()).isZero();
    assertThat(calls).content().contains("-DskipTests -pl cli -am package");

    Run second = run(Map.of(), "--version");
    assertThat(second.output()).doesNotContain("Building").contains("ProximaDB 0.");
    assertThat(mavenCalls()).isEqualTo(1);
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    workingMaven();
    run(Map.of(), "--version");
    Files.setLastModifiedTime(
        home.resolve("cli/src/main/java/Main.java"), FileTime.from(Instant.now().plusSeconds(5)));

    assertThat(run(Map.of(), "--version").output()).contains("Building ProximaDB");
    assertThat(mavenCalls()).isEqualTo(2);
  }

  @Test
  void theCrashTestIsBuiltWithItsTestKit() throws Exception {
    fakeMaven(
        """
        mkdir -p cli/target/classes crash-test/target/classes
        for module in cli crash-test; do
          printf '%%s' '%s' > $module/target/classpath.txt
        done
        """
            .formatted(System.getProperty("java.class.path")));
    Path kit = Files.createDirectories(home.resolve("engine-core/src/test/java/testkit"));
    Files.writeString(kit.resolve("Kit.java"), "class Kit {}");

    assertThat(run(Map.of(), "crash-test", "--help").output()).contains("--rounds=N");
    assertThat(calls).content().contains("-DskipTests -pl cli,crash-test -am package");
    Files.setLastModifiedTime(kit.resolve("Kit.java"), FileTime.from(Instant.now().plusSeconds(5)));
    assertThat(run(Map.of(), "--version").output()).doesNotContain("Building");
    assertThat(run(Map.of(), "crash-test", "--help").output()).contains("Building");
  }

  @Test
  void failedBuildShowsItsErrorsAndItsLog() throws Exception {
    fakeMaven("echo '[INFO] noise'; echo '[ERROR] Main.java:[1,2] no luck'; exit 1\n");

    Run run = run(Map.of(), "--version");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.output())
        .contains("[ERROR] Main.java:[1,2] no luck", "the build failed", "target/build.log")
        .doesNotContain("noise");
  }

  @Test
  void saysWhenMavenIsMissing() throws Exception {
    Run run = run(Map.of(), "--version");
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.output()).contains("needs Maven 3.8.6 or newer to build, found no mvn");
  }

  @Test
  void passesOverAJdkThatIsTooOld() throws Exception {
    workingMaven();
    Path old = Files.createDirectories(home.resolve("jdk-11/bin"));
    for (String tool : List.of("java", "javac")) {
      script(old.resolve(tool), "echo 'openjdk version \"11.0.20\"' >&2\n");
      Path real = Path.of(System.getProperty("java.home"), "bin", tool);
      script(bin.resolve(tool), "exec " + real + " \"$@\"\n");
    }

    Run run = run(Map.of("JAVA_HOME", old.getParent().toString()), "--version");
    assertThat(run.output()).contains("ProximaDB 0.");
    assertThat(run.exitCode()).isZero();
  }
}
