package io.proximadb.bench.text;

import io.proximadb.bench.MissingDataException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** WordNet's synsets with their glosses, definition and examples apart. */
final class Glosses {
  static final String FILE = "wordnet-glosses.tsv.gz";
  private static final int COLUMNS = 5;

  private Glosses() {}

  /**
   * A set of words of one meaning.
   *
   * @param id for instance {@code n03313602}
   * @param words separated by commas
   * @param category the lexicographer's file, for instance {@code noun.animal}
   * @param definition the gloss up to its first example
   * @param examples what stands in quotes, without them
   */
  record Synset(
      String id, String words, String category, String definition, List<String> examples) {
    /** What is indexed of it: words and definition, never an example. */
    String text() {
      return words + ": " + definition;
    }
  }

  /**
   * Reads the synsets, at most so many, evenly over the whole file.
   *
   * @throws MissingDataException if no folder has the file
   */
  static List<Synset> read(List<Path> folders, int limit) throws IOException {
    Path file =
        folders.stream()
            .map(folder -> folder.resolve(FILE))
            .filter(Files::isRegularFile)
            .findFirst()
            .orElseThrow(
                () ->
                    new MissingDataException(
                        "Cannot find " + FILE + " (looked in " + folders + ")"));
    List<Synset> all = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      in.readLine(); // names of columns
      for (String line; (line = in.readLine()) != null; ) {
        all.add(synset(line, file));
      }
    }
    if (all.size() <= limit) {
      return all;
    }
    List<Synset> some = new ArrayList<>(limit);
    for (int i = 0; i < limit; i++) {
      some.add(all.get((int) ((long) i * all.size() / limit)));
    }
    return some;
  }

  private static Synset synset(String line, Path file) throws IOException {
    String[] columns = line.split("\t", -1);
    if (columns.length != COLUMNS) {
      throw new IOException(
          "Invalid line of "
              + columns.length
              + " columns (expected "
              + COLUMNS
              + ", file="
              + file
              + "): "
              + line);
    }
    String gloss = columns[COLUMNS - 1];
    int quote = gloss.indexOf('"');
    String definition = quote < 0 ? gloss : gloss.substring(0, quote);
    definition = definition.replaceAll("[;:,\\s]+$", "");
    List<String> examples = new ArrayList<>();
    for (int from = quote; from >= 0; ) {
      int to = gloss.indexOf('"', from + 1);
      if (to < 0) {
        break;
      }
      String example = gloss.substring(from + 1, to).strip();
      if (!example.isEmpty()) {
        examples.add(example);
      }
      from = gloss.indexOf('"', to + 1);
    }
    return new Synset(columns[0], columns[1], columns[2], definition, List.copyOf(examples));
  }
}
