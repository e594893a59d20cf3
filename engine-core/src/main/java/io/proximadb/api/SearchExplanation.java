package io.proximadb.api;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Why a record is in an answer, or is not.
 *
 * @param id of the record
 * @param outcome what became of it
 * @param distance to the query, if it has one
 * @param rank its place among all records that could be in the answer, from 1; empty if it is none
 *     of them, or beyond {@link SearchRequest#MAX_K}
 * @param reason in words, with the numbers
 * @param response the answer that was looked into
 */
public record SearchExplanation(
    String id,
    Outcome outcome,
    OptionalDouble distance,
    OptionalInt rank,
    String reason,
    SearchResponse response) {

  /** What becomes of a record in a search. */
  public enum Outcome {
    /** It is in the answer. */
    IN_ANSWER,
    /** There never was a record of that id, as far as files and memory tell. */
    NO_SUCH_RECORD,
    /** It was deleted. */
    DELETED,
    /** Its time to live is over. */
    EXPIRED,
    /** The filter is not true for it. */
    FILTERED,
    /** It has no vector of the field. */
    NO_VECTOR,
    /** It is farther than the distance asked for. */
    TOO_FAR,
    /** At least k others are nearer, or as near with a smaller id. */
    RANKED_LOWER,
    /** It is among the nearest k: the index, or the clusters searched, missed it. */
    NOT_REACHED
  }
}
