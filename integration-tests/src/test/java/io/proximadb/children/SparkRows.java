package io.proximadb.children;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Spark SQL over a warehouse, in a process of its own. */
public final class SparkRows {
  private static final String ROW = "ROW\t";

  private SparkRows() {}

  /**
   * Runs statements, each ended by a semicolon and a line end; gives the rows of queries as text.
   */
  public static List<String[]> run(Path folder, Path warehouse, String statements)
      throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("SparkWork.sql"), statements);
    return Jvm.ofSpark(folder)
        .runRunner("SparkWork", file.toString(), warehouse.toString())
        .lines()
        .filter(line -> line.startsWith(ROW))
        .map(line -> line.substring(ROW.length()).split("\t", -1))
        .toList();
  }
}
