package io.proximadb.cli.quickstart;

import io.proximadb.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A synset of the sample data.
 *
 * @param change what happens to it: {@link #UPSERT} or {@link #DELETE}
 * @param id its WordNet id
 * @param words the words that share the meaning
 * @param category the lexicographer file, for instance {@code noun.animal}
 * @param wordCount number of words
 * @param gloss the meaning
 */
record Gloss(String change, String id, String words, String category, int wordCount, String gloss) {
  static final String UPSERT = "upsert";
  static final String DELETE = "delete";

  private static final String TAB = "\t";

  boolean isDelete() {
    return change.equals(DELETE);
  }

  /**
   * What is embedded: a text of the words alone would miss the meaning, and the other way round.
   */
  String text() {
    return words + ": " + gloss;
  }

  /** The rows of a sample file: five columns, all to be inserted. */
  static List<Gloss> readSample(Path file) {
    return read(file, 5).stream().map(row -> parse(UPSERT, row, 0)).toList();
  }

  /** The rows of a file of changes: what to do, then the same five columns. */
  static List<Gloss> readChanges(Path file) {
    return read(file, 6).stream().map(row -> parse(row[0], row, 1)).toList();
  }

  private static List<String[]> read(Path file, int columns) {
    List<String[]> rows = new ArrayList<>();
    try {
      List<String> lines = Files.readAllLines(file);
      for (String line : lines.subList(1, lines.size())) {
        String[] row = line.split(TAB, -1);
        if (row.length != columns) {
          throw new CliException(
              "Invalid sample data: "
                  + row.length
                  + " columns (expected "
                  + columns
                  + ", file="
                  + file
                  + ", line="
                  + (rows.size() + 2)
                  + ")");
        }
        rows.add(row);
      }
    } catch (IOException e) {
      throw new CliException("Cannot read sample data: " + e.getMessage() + " (file=" + file + ")");
    }
    return rows;
  }

  private static Gloss parse(String change, String[] row, int from) {
    String count = row[from + 3];
    return new Gloss(
        change,
        row[from],
        row[from + 1],
        row[from + 2],
        count.isEmpty() ? 0 : Integer.parseInt(count),
        row[from + 4]);
  }
}
