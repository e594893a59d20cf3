package io.proximadb.crashtest;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What the crash test did and met. Safe for use by several threads. */
public final class Summary {
  /** What is counted. */
  public enum Count {
    ROUNDS("rounds (processes killed)"),
    OPERATIONS("acknowledged operations"),
    RECORDS("records in them"),
    KILLS_DURING_RECOVERY("kills during a recovery"),
    KILLS_DURING_FLUSH("kills during a flush"),
    KILLS_DURING_COMPACTION("kills during a compaction"),
    RECOVERIES("recoveries compared with what was acknowledged"),
    RECORDS_COMPARED("records compared"),
    TORN_TAILS("torn tails of the log cut"),
    UNANSWERED_KEPT("unanswered operations found done"),
    LOST("lost"),
    DOUBLED("doubled"),
    RESURRECTED("resurrected"),
    WRONG("wrong otherwise");

    private final String text;

    Count(String text) {
      this.text = text;
    }
  }

  private final Map<Count, Long> counts = new EnumMap<>(Count.class);

  synchronized void add(Count count, long number) {
    counts.merge(count, number, Long::sum);
  }

  /** How often something was counted. */
  public synchronized long get(Count count) {
    return counts.getOrDefault(count, 0L);
  }

  /** A line for each count. */
  @Override
  public synchronized String toString() {
    StringBuilder table = new StringBuilder();
    for (Count count : Count.values()) {
      table.append(
          String.format(
              Locale.ROOT, "  %-48s %,12d%n", count.text, counts.getOrDefault(count, 0L)));
    }
    return table.toString();
  }
}
