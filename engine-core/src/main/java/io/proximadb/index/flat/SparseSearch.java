package io.proximadb.index.flat;

import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;

/**
 * Offers sparse vectors to a selection, one by one. Products are summed up by ascending index, in
 * double, so that a distance does not depend on where a row lies. One object for each query; not
 * safe for use by several threads.
 */
public final class SparseSearch {
  private final SparseVector query;
  private final boolean cosine;
  private final double queryNorm;
  private final TopK top;
  private long rowsScored;

  public SparseSearch(VectorField field, SparseVector query, TopK top) {
    this.query = query;
    this.cosine = field.metric() == Metric.COSINE;
    this.queryNorm = query.norm();
    this.top = top;
  }

  /** The distance of a vector to the query; under COSINE neither is zero. */
  public double distance(SparseVector vector) {
    return distance(query.dot(vector), cosine ? vector.norm() : 1);
  }

  /**
   * The distance of a vector.
   *
   * @param dot its product with the query, summed up by ascending index in double
   * @param norm its length under COSINE; else of no matter
   */
  public double distance(double dot, double norm) {
    // Zero, not minus zero, where no component is shared.
    return cosine ? 1 - dot / (queryNorm * norm) : 0 - dot;
  }

  /** Compares a row that may be in the answer. */
  public void add(SparseVector vector, long ordinal) {
    add(distance(vector), ordinal);
  }

  /** The same for a row whose distance is known. */
  public void add(double distance, long ordinal) {
    rowsScored++;
    if (distance <= top.bound()) {
      top.offer(ordinal, distance);
    }
  }

  /** A row of a distance above this is not in the answer: it need not be added. */
  public double bound() {
    return top.bound();
  }

  public SparseVector query() {
    return query;
  }

  public double queryNorm() {
    return queryNorm;
  }

  /** Rows that were compared. */
  public long rowsScored() {
    return rowsScored;
  }
}
