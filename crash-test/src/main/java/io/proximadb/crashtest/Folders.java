package io.proximadb.crashtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Whole folders. */
final class Folders {
  private Folders() {}

  /** Deletes a folder with all that is in it; a missing one is fine. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    for (Path path : paths(folder, Comparator.reverseOrder())) {
      Files.deleteIfExists(path);
    }
  }

  /** Deletes a folder unless there is something in it. */
  static void deleteIfEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      if (files.findAny().isPresent()) {
        return;
      }
    }
    Files.delete(folder);
  }

  /** Copies a folder that nobody writes to. */
  static void copy(Path from, Path to) throws IOException {
    for (Path path : paths(from, Comparator.naturalOrder())) {
      Files.copy(path, to.resolve(from.relativize(path).toString()));
    }
  }

  private static List<Path> paths(Path folder, Comparator<Path> order) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted(order).toList();
    }
  }
}
