package io.proximadb.crashtest;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Where a process is killed, counted in what it did and not in time, so that a seed leads to the
 * same place again as far as the order of threads allows.
 *
 * @param kind what is counted
 * @param count at the how many-th, from 1
 * @param step of a step, its name; empty otherwise
 */
record KillPoint(Kind kind, int count, String step) {
  /** What is counted. */
  enum Kind {
    /** Acknowledged operations of all writers. */
    ACKNOWLEDGEMENT,
    /** Operations of the disk, from the start of the process: most often while it recovers. */
    DISK_OPERATION,
    /** Visits of a step of a flush or a compaction. */
    STEP
  }

  static final List<String> STEPS =
      List.of(
          "flush.frozen",
          "flush.staged",
          "flush.promoted",
          "flush.committed",
          "flush.installed",
          "flush.released",
          "compaction.started",
          "compaction.written",
          "compaction.committed",
          "maintenance.installed");

  private static final int MAX_ACKNOWLEDGEMENTS = 400;

  /** Opening a small warehouse takes some hundreds; 2 to the power of this. */
  private static final double MAX_DISK_OPERATIONS_LOG = 11;

  private static final int MAX_VISITS = 4;

  static KillPoint random(Random random) {
    int choice = random.nextInt(100);
    if (choice < 40) {
      return new KillPoint(Kind.ACKNOWLEDGEMENT, 1 + random.nextInt(MAX_ACKNOWLEDGEMENTS), "");
    }
    if (choice < 75) {
      // Small numbers as often as large ones: a recovery is short.
      int count = (int) Math.pow(2, random.nextDouble() * MAX_DISK_OPERATIONS_LOG);
      return new KillPoint(Kind.DISK_OPERATION, count, "");
    }
    return atStep(STEPS.get(random.nextInt(STEPS.size())), 1 + random.nextInt(MAX_VISITS));
  }

  static KillPoint atStep(String step, int visit) {
    return new KillPoint(Kind.STEP, visit, step);
  }

  @Override
  public String toString() {
    String what = step.isEmpty() ? kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') : step;
    return what + " " + count;
  }
}
