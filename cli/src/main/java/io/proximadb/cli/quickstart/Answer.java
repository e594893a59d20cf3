package io.proximadb.cli.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.proximadb.bench.TextTable;
import java.util.List;
import java.util.Locale;

/**
 * One row of an answer.
 *
 * @param id the gloss's id
 * @param similarity cosine of question and gloss, best first
 * @param words the words that share the meaning
 * @param category the lexicographer file
 * @param gloss the meaning
 * @param source the door through which the row came in
 */
record Answer(
    String id, double similarity, String words, String category, String gloss, String source) {
  private static final int WORDS_SHOWN = 34;
  private static final int GLOSS_SHOWN = 62;

  /** Reads an answer of the Spark job. */
  static Answer of(JsonNode row) {
    return new Answer(
        row.get("id").asText(),
        row.get("similarity").asDouble(),
        row.get("words").asText(),
        row.get("category").asText(),
        row.get("gloss").asText(),
        row.get("source").asText());
  }

  /** Answers as a table for people. */
  static String table(List<Answer> answers) {
    TextTable table = TextTable.of(">similarity", "words", "category", "gloss", "written by");
    for (Answer answer : answers) {
      table.row(
          String.format(Locale.ROOT, "%.3f", answer.similarity),
          Text.shorten(answer.words, WORDS_SHOWN),
          answer.category,
          Text.shorten(answer.gloss, GLOSS_SHOWN),
          answer.source);
    }
    return table.toString();
  }

  /** The ids, best first. */
  static List<String> ids(List<Answer> answers) {
    return answers.stream().map(Answer::id).toList();
  }
}
