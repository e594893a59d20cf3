package io.proximadb.api;

/**
 * A goal of a collection, and how far it is reached.
 *
 * @param goal {@code recall}, {@code p99}, {@code memory} or {@code freshness}
 * @param wanted as it is stated, with its unit
 * @param measured lately, with its unit
 * @param outcome the judgement
 * @param reason what was measured, in words
 */
public record GoalState(
    String goal, String wanted, String measured, Outcome outcome, String reason) {
  /** How far a goal is reached. */
  public enum Outcome {
    REACHED,
    MISSED,
    /** Too little was measured. */
    UNKNOWN
  }
}
