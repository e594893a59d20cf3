package io.proximadb.interop;

import io.proximadb.children.Jvm;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Spark with Iceberg as released, in a process of its own that has nothing of ProximaDB on its
 * class path. One process has a session for each warehouse.
 */
final class StockSpark implements AutoCloseable {
  private static final String ROW = "ROW\t";
  private static final int END_SECONDS = 30;

  private final Path folder;
  private final String settings;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter statements;
  private int generation;

  /**
   * Starts it.
   *
   * @param folder where it works
   * @param settings of its sessions, in which {@code /path/to/warehouse} stands for the warehouse
   */
  StockSpark(Path folder, String settings) throws IOException {
    this.folder = folder;
    this.settings = settings;
    Jvm jvm = Jvm.ofStockSpark(folder);
    Path source = folder.resolve("StockSpark.java");
    try (InputStream bytes = StockSpark.class.getResourceAsStream("/runners/StockSpark.java")) {
      Files.write(source, bytes.readAllBytes());
    }
    Path first = Files.writeString(folder.resolve("first-session"), settings);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm.options());
    command.addAll(List.of("-Xmx1g", "-cp", jvm.classPath(), source.toString(), first.toString()));
    process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(errors().toFile())
            .start();
    answers = process.inputReader(StandardCharsets.UTF_8);
    statements = process.outputWriter(StandardCharsets.UTF_8);
  }

  private Path errors() {
    return folder.resolve("StockSpark.err");
  }

  /** The rows of a statement, each in the form of the runner. */
  List<String> sql(Path warehouse, String statement) {
    List<String> rows = new ArrayList<>();
    try {
      String session = generation + "-" + warehouse;
      Path file = folder.resolve("session-" + Integer.toHexString(session.hashCode()));
      Files.writeString(file, settings.replace("/path/to/warehouse", warehouse.toString()));
      String escaped = statement.replace("\\", "\\\\").replace("\n", "\\n");
      statements.write(session + "\t" + file + "\t" + escaped + "\n");
      statements.flush();
      for (String line = answers.readLine(); ; line = answers.readLine()) {
        if (line == null) {
          throw new AssertionError("Spark ended:\n" + Files.readString(errors()));
        } else if (line.equals("DONE")) {
          return rows;
        } else if (line.startsWith(ROW)) {
          rows.add(line.substring(ROW.length()));
        } else {
          throw new AssertionError(line + "\n  statement: " + statement);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Lets it open all warehouses anew. */
  void reopen() {
    generation++;
  }

  @Override
  public void close() throws IOException {
    statements.close();
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
