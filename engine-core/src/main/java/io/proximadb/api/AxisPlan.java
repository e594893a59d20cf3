package io.proximadb.api;

import java.util.List;

/**
 * What AXIS would do about a field now, and why.
 *
 * @param field its name
 * @param rows of the collection's files
 * @param template which candidates were looked at, in words
 * @param searches what they ask for, in words
 * @param current the strategy that serves
 * @param chosen the strategy that would be best, which may be the same
 * @param change true if it would change to that now
 * @param reason in words
 * @param candidates the best first
 */
public record AxisPlan(
    String field,
    long rows,
    String template,
    String searches,
    String current,
    String chosen,
    boolean change,
    String reason,
    List<AxisCandidate> candidates) {
  public AxisPlan {
    candidates = List.copyOf(candidates);
  }
}
