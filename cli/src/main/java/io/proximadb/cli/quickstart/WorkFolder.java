package io.proximadb.cli.quickstart;

import io.proximadb.cli.CliException;
import io.proximadb.cli.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The folder that a quickstart works in.
 *
 * @param root the folder; what an earlier run left in it is removed, anything else is not touched
 */
record WorkFolder(Path root) {
  /** Marks a folder as ours to empty. */
  private static final String MARKER = ".proximadb-quickstart";

  /**
   * Makes the folder ready for a run.
   *
   * @throws CliException if it holds something that no quickstart put there
   */
  static WorkFolder prepare(Path folder) {
    WorkFolder work = new WorkFolder(folder.toAbsolutePath().normalize());
    try {
      Path marker = work.root.resolve(MARKER);
      if (Files.exists(work.root) && !Files.exists(marker) && !isEmpty(work.root)) {
        throw new CliException(
            "Cannot work in "
                + work.root
                + ": it is not empty and not from an earlier quickstart (choose another with"
                + " --dir)");
      }
      Folders.delete(work.warehouse());
      Folders.delete(work.exchange());
      Folders.delete(work.logs());
      Files.createDirectories(work.exchange());
      Files.createDirectories(work.logs());
      Files.writeString(marker, "Made by ./proximadb quickstart, which empties it when it runs.\n");
      return work;
    } catch (IOException e) {
      throw new CliException("Cannot work in " + work.root + ": " + e.getMessage(), e);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  /** The warehouse: catalog and tables. */
  Path warehouse() {
    return root.resolve("warehouse");
  }

  /** Files that one process writes for another. */
  Path exchange() {
    return root.resolve("exchange");
  }

  /** What the processes print. */
  Path logs() {
    return root.resolve("logs");
  }
}
