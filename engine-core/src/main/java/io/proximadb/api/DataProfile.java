package io.proximadb.api;

import java.util.OptionalDouble;

/**
 * What the vectors of a collection are like, by a sample of its flushed, live rows that is drawn
 * evenly; see {@code docs/axis.md} for the estimators.
 *
 * @param field that was looked at, dense
 * @param dimension of its vectors
 * @param rows in data files that no deletion vector deletes
 * @param sampledRows that the other numbers are of; fewer than 2 leave them at 0 or empty
 * @param newlyRead of them those whose vectors had to be read, because the profile before had not
 * @param normMean mean L2 length
 * @param normDeviation standard deviation of lengths
 * @param zeroShare of all components those that are zero, in [0, 1]
 * @param intrinsicDimension how many dimensions vectors fill near each other, by TwoNN; low for
 *     high ones, since a sample is thin there; empty if too few rows differ
 * @param clusterShare of the variance what 32 clusters explain, in [0, 1]: near 0 for rows that lie
 *     evenly in many dimensions, near 1 for tight clusters
 * @param duplicateShare of the sampled rows those that equal an earlier one; a lower bound for all
 * @param drift how far the mean of the rows in the newest files is from that of the others, in
 *     standard deviations of a row from the mean, with the error of sampling taken off; empty if
 *     all rows are in one file
 */
public record DataProfile(
    String field,
    int dimension,
    long rows,
    int sampledRows,
    int newlyRead,
    double normMean,
    double normDeviation,
    double zeroShare,
    OptionalDouble intrinsicDimension,
    double clusterShare,
    double duplicateShare,
    OptionalDouble drift) {}
