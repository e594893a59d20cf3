package io.proximadb.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every test that {@code docs/faults.md} names is there. */
class FaultTableTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern TEST =
      Pattern.compile("`(?:[a-z]+\\.)?((?:[A-Z]\\w*(?:Test|Contract))?)(?:\\.([a-z]\\w+))?`");

  @Test
  void namesTestsThatExist() throws IOException {
    List<Path> sources;
    try (Stream<Path> all = Files.walk(ROOT)) {
      sources = all.filter(file -> file.toString().endsWith(".java")).toList();
    }
    List<String> missing = new ArrayList<>();
    int named = 0;
    for (String line : Files.readAllLines(ROOT.resolve("docs/faults.md"))) {
      String type = "";
      for (Matcher matcher = TEST.matcher(line); matcher.find(); ) {
        type = matcher.group(1).isEmpty() ? type : matcher.group(1);
        if (!type.isEmpty()) {
          named++;
          if (!exists(sources, type, matcher.group(2))) {
            missing.add(matcher.group());
          }
        }
      }
    }
    assertThat(named).isGreaterThan(50);
    assertThat(missing).isEmpty();
  }

  private static boolean exists(List<Path> sources, String type, String method) throws IOException {
    for (Path source : sources) {
      if (source.getFileName().toString().equals(type + ".java")
          && (method == null || Files.readString(source).contains("void " + method + "("))) {
        return true;
      }
    }
    return false;
  }
}
