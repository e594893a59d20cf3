package io.proximadb.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** An empty folder that is deleted when it is closed. */
public final class Scratch implements Closeable {
  private final Path parent;
  private final Path folder;

  private Scratch(Path parent, Path folder) {
    this.parent = parent;
    this.folder = folder;
  }

  /** A new one in a folder. */
  public static Scratch in(Path parent) throws IOException {
    return new Scratch(parent, Files.createTempDirectory(parent, "bench-"));
  }

  public Path folder() {
    return folder;
  }

  /** A folder in it, made if there is none. */
  public Path folder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  /** Deletes the folder, durably: what is measured next must not pay for it. */
  @Override
  public void close() throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(folder)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    // Windows cannot open a folder.
    if (!System.getProperty("os.name", "").startsWith("Windows")) {
      try (FileChannel channel = FileChannel.open(parent, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
