package io.proximadb.index;

import java.util.OptionalDouble;

/**
 * What an index found. Do not change the arrays.
 *
 * @param rows positions in the file, in any order
 * @param scores exact ranking scores of these, see {@link io.proximadb.vector.DistanceFunction}
 * @param rowsScored by their vectors
 * @param recall as it was measured for searches of this kind, which may have been 1; always 1 of an
 *     index that is exact; empty if it is unknown
 * @param how the index went about it, in a word or a few
 * @param effort rows that it kept on its way
 * @param codesScored rows that it looked at without reading their vectors
 */
@SuppressWarnings("ArrayRecordComponent")
public record IndexAnswer(
    int[] rows,
    double[] scores,
    long rowsScored,
    OptionalDouble recall,
    String how,
    int effort,
    long codesScored) {}
