package io.proximadb.bench;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What figures were measured on, in words. */
public final class Machine {
  private Machine() {}

  /** Processors, Java, system, and the file system of a folder. */
  public static String describe(Path folder) throws IOException {
    FileStore store = Files.getFileStore(folder);
    return String.format(
        Locale.ROOT,
        "%d CPUs, JDK %s, %s %s %s, %s on %s",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        System.getProperty("os.name"),
        System.getProperty("os.version"),
        System.getProperty("os.arch"),
        store.type(),
        store.name());
  }
}
