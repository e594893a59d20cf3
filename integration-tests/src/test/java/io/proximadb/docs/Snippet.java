package io.proximadb.docs;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fenced block of a Markdown file that a test can run.
 *
 * @param line where its fence opens, from 1
 * @param language the first word behind the fence: {@code java}, {@code sql}, {@code properties}
 * @param door the second word: {@code engine}, {@code spark}, {@code flink}, {@code flight}
 * @param text what stands in it
 * @param output what it has to print: the {@code text} block that follows it at once, or null
 */
record Snippet(int line, String language, String door, String text, @Nullable String output) {
  private static final String FENCE = "```";
  private static final String OUTPUT = "text";

  private record Block(int line, int endLine, String info, String text) {}

  /** The snippets of a Markdown file, in order. */
  static List<Snippet> parse(List<String> markdown) {
    List<Block> blocks = blocks(markdown);
    List<Snippet> snippets = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      String[] words = block.info.split(" ");
      if (words.length != 2) {
        continue;
      }
      boolean followed =
          i + 1 < blocks.size()
              && blocks.get(i + 1).info.equals(OUTPUT)
              && blocks.get(i + 1).line == block.endLine + 1;
      snippets.add(
          new Snippet(
              block.line,
              words[0],
              words[1],
              block.text,
              followed ? blocks.get(i + 1).text : null));
    }
    return snippets;
  }

  private static List<Block> blocks(List<String> markdown) {
    List<Block> blocks = new ArrayList<>();
    int opened = -1;
    for (int i = 0; i < markdown.size(); i++) {
      if (!markdown.get(i).startsWith(FENCE)) {
        continue;
      }
      if (opened < 0) {
        opened = i;
      } else {
        String info = markdown.get(opened).substring(FENCE.length()).strip();
        String text = String.join("\n", markdown.subList(opened + 1, i)) + "\n";
        blocks.add(new Block(opened + 1, i + 1, info, text));
        opened = -1;
      }
    }
    if (opened >= 0) {
      throw new IllegalArgumentException(
          "The fence opened in line " + (opened + 1) + " never ends");
    }
    return blocks;
  }

  /** What the block is called in a report. */
  String title() {
    return language + " " + door + ", line " + line;
  }
}
