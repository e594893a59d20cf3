package io.proximadb.testkit;

import io.proximadb.wal.WalRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a log was given, and what it acknowledged and was allowed to forget; tells whether what
 * comes back after a crash can follow from that.
 *
 * <p>Safe for use by several threads.
 */
public final class WalHistory {
  /** Text of each record appended, by number. */
  private final TreeMap<Long, String> appended = new TreeMap<>();

  /** Last numbers of units. */
  private final Set<Long> unitEnds = new HashSet<>();

  private long acknowledged;
  private long released;

  /** Records were appended as one unit and got these numbers. */
  public synchronized void appended(long firstSequence, List<WalRecord> records) {
    long sequence = firstSequence;
    for (WalRecord record : records) {
      appended.put(sequence, describe(record.withSequence(sequence)));
      sequence++;
    }
    unitEnds.add(sequence - 1);
  }

  /** Waiting for a number ended well. */
  public synchronized void acknowledged(long sequence) {
    acknowledged = Math.max(acknowledged, sequence);
  }

  /** The log was told that it may forget records up to a number. */
  public synchronized void released(long sequence) {
    released = Math.max(released, sequence);
  }

  public synchronized long acknowledged() {
    return acknowledged;
  }

  /** What is wrong with the records that came back; empty if nothing is. */
  public synchronized List<String> violations(List<WalRecord> recovered, long nextSequence) {
    List<String> wrong = new ArrayList<>();
    long expected = -1;
    for (WalRecord record : recovered) {
      // Released records may be forgotten in any order: each folder of a log forgets its own.
      boolean forgotten = record.sequence() > expected && record.sequence() - 1 <= released;
      if (expected >= 0 && record.sequence() != expected && !forgotten) {
        wrong.add("record " + record.sequence() + " came where " + expected + " was expected");
      }
      expected = record.sequence() + 1;
      String given = appended.get(record.sequence());
      if (!describe(record).equals(given)) {
        wrong.add(
            "record " + record.sequence() + " came back as " + describe(record) + ", not " + given);
      }
    }
    long first = recovered.isEmpty() ? nextSequence : recovered.get(0).sequence();
    if (first > released + 1) {
      wrong.add("records from " + (released + 1) + " to " + (first - 1) + " are lost at the start");
    }
    long last = nextSequence - 1;
    if (last < acknowledged) {
      wrong.add("acknowledged up to " + acknowledged + ", but came back up to " + last);
    }
    if (expected >= 0 && expected != nextSequence && nextSequence - 1 > released) {
      wrong.add("the next number is " + nextSequence + ", not " + expected);
    }
    if (last > 0 && !unitEnds.contains(last)) {
      wrong.add("the unit around record " + last + " came back in part");
    }
    return wrong;
  }

  /** Goes on from what came back: it was seen, so it counts as acknowledged; the rest never was. */
  public synchronized void recovered(long nextSequence) {
    appended.tailMap(nextSequence, true).clear();
    unitEnds.removeIf(end -> end >= nextSequence);
    acknowledged = nextSequence - 1;
  }

  /** A record as text, with the contents of its arrays. */
  public static String describe(WalRecord record) {
    StringBuilder text = new StringBuilder();
    text.append(record.sequence()).append(' ').append(record.operation());
    text.append(' ').append(record.tableUuid()).append(" epoch ").append(record.epoch());
    text.append(" id ").append(record.id()).append(" version ").append(record.version());
    text.append(" at ").append(record.updatedAtMicros());
    text.append(" expires ").append(record.expiresAtMicros()).append(" vectors ");
    new TreeMap<>(record.vectors())
        .forEach((field, vector) -> text.append(field).append('=').append(Arrays.toString(vector)));
    text.append(" metadata ");
    new TreeMap<>(record.metadata())
        .forEach((field, value) -> text.append(field).append('=').append(describe(value)));
    if (record.flushedSequence() > 0) {
      text.append(" flushed ").append(record.flushedSequence());
    }
    return text.toString();
  }

  private static String describe(Object value) {
    if (value == null) {
      return "null";
    }
    StringBuilder text = new StringBuilder(value.getClass().getSimpleName());
    if (value instanceof byte[] bytes) {
      return text.append(Arrays.toString(bytes)).toString();
    }
    if (value instanceof List<?> items) {
      text = new StringBuilder("[");
      for (Object item : items) {
        text.append(describe(item)).append(", ");
      }
      return text.append(']').toString();
    }
    if (value instanceof Map<?, ?> fields) {
      text = new StringBuilder("{");
      for (Map.Entry<?, ?> field : fields.entrySet()) {
        text.append(field.getKey()).append('=').append(describe(field.getValue())).append(", ");
      }
      return text.append('}').toString();
    }
    return text.append(' ').append(value).toString();
  }
}
