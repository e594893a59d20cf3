package io.proximadb.bench;

import java.util.ArrayList;
import java.util.List;

/** Rows of text in columns as wide as their widest cell, for people. */
public final class TextTable {
  private final List<String> header;
  private final List<Boolean> alignedRight = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  private TextTable(List<String> header) {
    this.header = header;
  }

  /** A table of these columns; a name that starts with {@code >} aligns its column to the right. */
  public static TextTable of(String... columns) {
    List<String> names = new ArrayList<>();
    TextTable table = new TextTable(names);
    for (String column : columns) {
      boolean right = column.startsWith(">");
      table.alignedRight.add(right);
      names.add(right ? column.substring(1) : column);
    }
    return table;
  }

  /**
   * Adds a row.
   *
   * @throws IllegalArgumentException if it has not one cell for each column
   */
  public TextTable row(String... cells) {
    if (cells.length != header.size()) {
      throw new IllegalArgumentException(
          "Invalid row: " + cells.length + " cells (expected " + header.size() + ")");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** The table, a line for each row, without a line break at the end. */
  @Override
  public String toString() {
    int[] widths = new int[header.size()];
    measure(header, widths);
    rows.forEach(row -> measure(row, widths));

    List<String> lines = new ArrayList<>();
    lines.add(line(header, widths));
    List<String> rules = new ArrayList<>();
    for (int width : widths) {
      rules.add("-".repeat(width));
    }
    lines.add(line(rules, widths));
    rows.forEach(row -> lines.add(line(row, widths)));
    return String.join("\n", lines);
  }

  private static void measure(List<String> cells, int[] widths) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], length(cells.get(i)));
    }
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - length(cells.get(i)));
      line.append(i == 0 ? "" : "  ");
      line.append(alignedRight.get(i) ? padding + cells.get(i) : cells.get(i) + padding);
    }
    return line.toString().stripTrailing();
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
