package io.proximadb.wal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** A set of numbers as ranges. Not safe for use by several threads. */
final class SequenceRanges {
  /** Ranges that a message names; the others are counted. */
  private static final int MAX_NAMED = 20;

  /** Last numbers by first numbers; ranges neither meet nor touch. */
  private final TreeMap<Long, Long> ranges = new TreeMap<>();

  /** Adds the numbers from a first to a last one. */
  void add(long first, long last) {
    long from = first;
    long to = last;
    Map.Entry<Long, Long> before = ranges.floorEntry(from);
    if (before != null && before.getValue() >= from - 1) {
      from = before.getKey();
      to = Math.max(to, before.getValue());
    }
    for (Map.Entry<Long, Long> next = ranges.ceilingEntry(from);
        next != null && next.getKey() <= to + 1;
        next = ranges.ceilingEntry(from)) {
      to = Math.max(to, next.getValue());
      ranges.remove(next.getKey());
    }
    ranges.put(from, to);
  }

  /**
   * Names the numbers that are not in it.
   *
   * @param last they begin behind this one
   * @param upTo and end here, or at the end of the last range
   */
  String missingAfter(long last, long upTo) {
    StringJoiner names = new StringJoiner(", ");
    int more = 0;
    long from = last + 1;
    long end = ranges.isEmpty() ? upTo : Math.max(upTo, ranges.lastEntry().getValue());
    for (Map.Entry<Long, Long> range : ranges.tailMap(last, true).entrySet()) {
      if (range.getKey() > from) {
        if (more > 0 || count(names) >= MAX_NAMED) {
          more++;
        } else {
          names.add(name(from, range.getKey() - 1));
        }
      }
      from = Math.max(from, range.getValue() + 1);
    }
    if (from <= end) {
      names.add(name(from, end));
    }
    return names.length() == 0 ? "none" : names + (more > 0 ? " and " + more + " more ranges" : "");
  }

  /** The numbers from a first to a last one that are not in it. */
  List<SequenceRange> gaps(long first, long last) {
    List<SequenceRange> gaps = new ArrayList<>();
    long from = first;
    for (Map.Entry<Long, Long> range : ranges.entrySet()) {
      if (range.getKey() > from && from <= last) {
        gaps.add(new SequenceRange(from, Math.min(range.getKey() - 1, last)));
      }
      from = Math.max(from, range.getValue() + 1);
    }
    if (from <= last) {
      gaps.add(new SequenceRange(from, last));
    }
    return gaps;
  }

  /** Adds all numbers of another set. */
  void addAll(SequenceRanges other) {
    other.ranges.forEach(this::add);
  }

  List<SequenceRange> toList() {
    List<SequenceRange> list = new ArrayList<>();
    ranges.forEach((first, last) -> list.add(new SequenceRange(first, last)));
    return list;
  }

  /** The highest number in it, or 0. */
  long last() {
    return ranges.isEmpty() ? 0 : ranges.lastEntry().getValue();
  }

  /** Names ranges, the first of them if there are many. */
  static String names(List<SequenceRange> list) {
    StringJoiner names = new StringJoiner(", ");
    list.stream().limit(MAX_NAMED).forEach(range -> names.add(range.toString()));
    int more = list.size() - MAX_NAMED;
    return names + (more > 0 ? " and " + more + " more ranges" : "");
  }

  private static int count(StringJoiner names) {
    return names.length() == 0 ? 0 : names.toString().split(", ", -1).length;
  }

  private static String name(long first, long last) {
    return first == last ? Long.toString(first) : first + " to " + last;
  }
}
