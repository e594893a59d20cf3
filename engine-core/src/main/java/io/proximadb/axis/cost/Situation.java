package io.proximadb.axis.cost;

/**
 * What searches meet and ask for.
 *
 * @param rows of all files
 * @param files that they are in, at least 1
 * @param dimension of the vectors
 * @param intrinsicDimension of their sample; 0 if it is not known
 * @param k hits asked for
 * @param recall asked for, above 0, at most 1
 * @param passing share of the rows that filters let pass, above 0, at most 1
 * @param writesPerSearch records written for each search; 0 without writes
 */
public record Situation(
    long rows,
    int files,
    int dimension,
    double intrinsicDimension,
    int k,
    double recall,
    double passing,
    double writesPerSearch) {
  /** The same searches with filters that let a share of the rows pass. */
  public Situation passing(double share) {
    return new Situation(
        rows, files, dimension, intrinsicDimension, k, recall, share, writesPerSearch);
  }
}
