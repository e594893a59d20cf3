package io.proximadb.api;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * Searches of a collection that are alike, as they were measured in the last one or two minutes.
 *
 * @param field the vector field; empty for searches of several, or of several queries
 * @param way how they were answered: by which index, or otherwise
 * @param answers they asked for at most so many hits, 10 or 100; {@link Integer#MAX_VALUE} for more
 * @param rows how many of the live rows passed their filters, in words
 * @param wanted the recall that they asked for; 0 where an effort was set by hand
 * @param searches how many there were
 * @param perSecond how many there were in a second
 * @param p50 half of them were faster; within a hundredth
 * @param p99 99 of 100 were faster; within a hundredth
 * @param max the slowest
 * @param indexedShare of the rows that could be in answers: those that an index answered for, in
 *     [0, 1]; the others were compared one by one
 * @param promisedRecall that the last answer told; empty if it was unknown
 * @param measuredRecall the mean of the last checks; 0 without any
 * @param recallError standard error of that mean
 * @param recallChecks how many checks that is of
 */
public record SearchClass(
    String field,
    String way,
    int answers,
    String rows,
    double wanted,
    long searches,
    double perSecond,
    Duration p50,
    Duration p99,
    Duration max,
    double indexedShare,
    OptionalDouble promisedRecall,
    double measuredRecall,
    double recallError,
    int recallChecks) {}
