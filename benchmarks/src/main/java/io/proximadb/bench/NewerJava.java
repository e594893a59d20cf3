package io.proximadb.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds a JDK that peers run on: what they are compiled for is newer than what ours needs. */
public final class NewerJava {
  private static final int LEAST = 22;
  private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

  private NewerJava() {}

  /** The {@code java} of the folder in JAVA_NEWER_HOME or of the newest JDK in the usual folder. */
  public static Optional<Path> find() throws IOException {
    List<Path> homes = new ArrayList<>();
    String chosen = System.getenv("JAVA_NEWER_HOME");
    if (chosen != null) {
      homes.add(Path.of(chosen));
    } else {
      Path usual = Path.of("/usr/lib/jvm");
      if (Files.isDirectory(usual)) {
        try (Stream<Path> folders = Files.list(usual)) {
          folders.forEach(homes::add);
        }
      }
    }
    Optional<Path> best = Optional.empty();
    int newest = LEAST - 1;
    for (Path home : homes) {
      int version = version(home);
      if (version > newest) {
        newest = version;
        best = Optional.of(home.resolve("bin").resolve("java"));
      }
    }
    return best;
  }

  private static int version(Path home) throws IOException {
    Path release = home.resolve("release");
    if (!Files.isRegularFile(release) || !Files.isExecutable(home.resolve("bin/javac"))) {
      return 0;
    }
    Matcher matcher = VERSION.matcher(Files.readString(release));
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
