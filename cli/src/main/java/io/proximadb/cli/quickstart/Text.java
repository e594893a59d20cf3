package io.proximadb.cli.quickstart;

import java.util.Locale;

/** Numbers and words as the quickstart prints them. */
final class Text {
  private Text() {}

  /** Text with values in it, the same in every locale. */
  static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  /** A count with separators, for instance {@code 3,450}. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /** Milliseconds as seconds with one digit, for instance {@code 12.9 s}. */
  static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
  }

  /** The text itself, or its beginning with an ellipsis. */
  static String shorten(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length - 1).stripTrailing() + "…";
  }
}
