package io.proximadb.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A data folder as a killed process leaves it. Table files are written once, so a second name of
 * them is as good as a copy; what is written in place is copied: logs, the catalog and locks.
 */
final class KilledCopies {
  private static final Pattern WRITTEN_ONCE =
      Pattern.compile(".*\\.(parquet|avro|puffin|json|ids-v\\d+|lsm-v\\d+|clusters-v\\d+)");

  private final Path data;
  private final Path copy;

  KilledCopies(Path data, Path copy) {
    this.data = data;
    this.copy = copy;
  }

  /** Notes what is there now. */
  void take() {
    try (Stream<Path> walk = Files.walk(data)) {
      for (Path source : walk.toList()) {
        Path target = copy.resolve(data.relativize(source).toString());
        try {
          if (WRITTEN_ONCE.matcher(source.getFileName().toString()).matches()) {
            Files.createLink(target, source);
          } else {
            Files.copy(source, target);
          }
        } catch (NoSuchFileException e) {
          // A file that the engine's background removed meanwhile, as it may in any process.
          if (Files.exists(source)) {
            throw e;
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts it in the place of what is there now. */
  void putBack() {
    Folders.delete(data);
    try {
      Files.move(copy, data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
