package io.proximadb.api;

/**
 * A strategy that was looked at.
 *
 * @param strategy its name
 * @param predicted for all rows, corrected by what this machine measured
 * @param reachesGoals true if it is predicted to reach all goals of the collection
 * @param remark in words: which goals it misses, or why it is left out
 */
public record AxisCandidate(
    String strategy, AxisFigures predicted, boolean reachesGoals, String remark) {}
