package io.proximadb.cli.quickstart;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * What the user sees: steps, bars, tables, and questions where there is a keyboard. Bars move on a
 * terminal and are plain lines elsewhere.
 */
final class Screen {
  /** System property by which the launcher says that a person sits before the terminal. */
  private static final String INTERACTIVE_PROPERTY = "proximadb.interactive";

  private static final int BAR_WIDTH = 72;

  /** Without a terminal, a bar prints a line each time that many percent are done. */
  private static final int PLAIN_LINE_PERCENT = 25;

  private static final String INDENT = "      ";

  private final PrintStream out;
  private final boolean interactive;
  private final int steps;
  private int step;

  Screen(PrintStream out, boolean interactive, int steps) {
    this.out = out;
    this.interactive = interactive;
    this.steps = steps;
  }

  /** Standard output, a terminal or not, as the launcher found it. */
  static Screen standard(int steps) {
    return new Screen(
        new PrintStream(System.out, true, StandardCharsets.UTF_8),
        Boolean.getBoolean(INTERACTIVE_PROPERTY),
        steps);
  }

  boolean isInteractive() {
    return interactive;
  }

  /** Begins the next step. */
  void step(String title) {
    step++;
    out.printf(Locale.ROOT, "%n[%d/%d] %s%n", step, steps, title);
  }

  /** Says something that belongs to the step. */
  void say(String text) {
    text.lines().forEach(line -> out.println((INDENT + line).stripTrailing()));
  }

  /** Says something by itself. */
  void headline(String text) {
    out.println(text);
  }

  /** The next line that the user types after a prompt; empty at an empty line or the end. */
  Optional<String> ask(String prompt, BufferedReader keyboard) throws IOException {
    out.print(prompt);
    out.flush();
    String line = keyboard.readLine();
    return line == null || line.isBlank() ? Optional.empty() : Optional.of(line.strip());
  }

  static BufferedReader keyboard() {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  }

  /** A bar that counts up to a total. */
  Bar bar(String unit, long total) {
    return new Bar(unit, total);
  }

  /** A progress bar; close it when the work is done. */
  final class Bar implements AutoCloseable {
    private final String unit;
    private final long total;
    private final @Nullable ProgressBar moving;
    private long nextPlainPercent = PLAIN_LINE_PERCENT;

    private Bar(String unit, long total) {
      this.unit = unit;
      this.total = total;
      this.moving =
          interactive
              ? new ProgressBarBuilder()
                  .setTaskName(INDENT.stripTrailing())
                  .setInitialMax(total)
                  .setUnit(" " + unit, 1)
                  .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
                  .setMaxRenderedLength(BAR_WIDTH)
                  .setUpdateIntervalMillis(100)
                  .clearDisplayOnFinish()
                  .setConsumer(new ConsoleProgressBarConsumer(out))
                  .build()
              : null;
    }

    /** Moves the bar to a count. */
    void at(long count) {
      if (moving != null) {
        moving.stepTo(count);
        return;
      }
      while (total > 0 && count * 100 / total >= nextPlainPercent) {
        say(nextPlainPercent + " % of " + Text.count(total) + " " + unit);
        nextPlainPercent += PLAIN_LINE_PERCENT;
      }
    }

    @Override
    public void close() {
      if (moving != null) {
        moving.close();
      }
    }
  }
}
