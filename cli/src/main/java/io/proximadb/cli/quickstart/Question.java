package io.proximadb.cli.quickstart;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked.
 *
 * @param text in English
 * @param category only glosses of this category, or null for all
 */
record Question(String text, @Nullable String category) {
  /** Separates a category from the text in what a user types. */
  private static final String CATEGORY_MARK = "category=";

  /** The question that is asked through every door. */
  static final Question THROUGH_EVERY_DOOR =
      new Question("an instrument for looking at distant things", "noun.artifact");

  /** What the quickstart asks by itself. */
  static final List<Question> SHOWN =
      List.of(
          new Question("an instrument for looking at distant things", null),
          THROUGH_EVERY_DOOR,
          new Question("a bird that cannot fly", "noun.animal"),
          new Question("something cold and sweet", null),
          new Question("something cold and sweet", "noun.food"),
          new Question("missing the place where you grew up", "noun.feeling"));

  /** Reads what a user typed: the text, with {@code category=...} anywhere in it or not. */
  static Question parse(String typed) {
    StringBuilder text = new StringBuilder();
    String category = null;
    for (String word : typed.strip().split("\\s+")) {
      if (word.startsWith(CATEGORY_MARK)) {
        category = word.substring(CATEGORY_MARK.length());
      } else {
        text.append(text.isEmpty() ? "" : " ").append(word);
      }
    }
    return new Question(text.toString(), category);
  }

  @Override
  public String toString() {
    return "\"" + text + "\"" + (category == null ? "" : "  where category = '" + category + "'");
  }
}
