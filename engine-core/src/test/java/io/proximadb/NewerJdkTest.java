package io.proximadb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs the tests of engine-core on a newer JDK than the one that runs this: the one in {@code
 * PROXIMADB_NEWER_JDK}, or the newest in the usual folder.
 */
@Tag("newer-jdk")
class NewerJdkTest {
  private static final Path USUAL_FOLDER = Path.of("/usr/lib/jvm");

  @TempDir Path folder;

  private static int feature(Path jdk) {
    try {
      return Files.readAllLines(jdk.resolve("release")).stream()
          .filter(line -> line.startsWith("JAVA_VERSION="))
          .map(line -> line.replaceAll("[^0-9.]", "").split("\\.", -1)[0])
          .mapToInt(Integer::parseInt)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0; // not a JDK
    }
  }

  private static Optional<Path> newerJdk() throws IOException {
    String named = System.getenv("PROXIMADB_NEWER_JDK");
    if (named != null) {
      return Optional.of(Path.of(named));
    }
    if (!Files.isDirectory(USUAL_FOLDER)) {
      return Optional.empty();
    }
    try (Stream<Path> all = Files.list(USUAL_FOLDER)) {
      return all.filter(jdk -> Files.isExecutable(jdk.resolve("bin/java")))
          .filter(jdk -> feature(jdk) > Runtime.version().feature())
          .max(Comparator.comparingInt(NewerJdkTest::feature));
    }
  }

  @Test
  void allTestsPassOnANewerJdk() throws Exception {
    Optional<Path> jdk = newerJdk();
    if (jdk.isEmpty()) {
      System.out.println(
          "!!! SKIPPED: no JDK newer than "
              + Runtime.version().feature()
              + " in "
              + USUAL_FOLDER
              + "; name one in PROXIMADB_NEWER_JDK");
      Assumptions.abort("no newer JDK");
    }
    Path log = folder.resolve("newer-jdk.log");
    List<String> command =
        new ArrayList<>(
            List.of(
                jdk.orElseThrow().resolve("bin/java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-ea",
                "-Xmx2g",
                "-cp",
                System.getProperty("java.class.path"),
                "org.junit.platform.console.ConsoleLauncher",
                "execute",
                "--scan-classpath",
                testClasses().toString(),
                "--exclude-tag=newer-jdk",
                "--details=summary",
                "--disable-banner"));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    boolean ended = process.waitFor(15, TimeUnit.MINUTES);
    process.destroyForcibly();
    String output = Files.readString(log);
    System.out.println("On JDK " + feature(jdk.orElseThrow()) + ":\n" + tail(output));
    assertThat(ended).isTrue();
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static Path testClasses() throws Exception {
    return Path.of(NewerJdkTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static String tail(String output) {
    List<String> lines = output.lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()));
  }
}
