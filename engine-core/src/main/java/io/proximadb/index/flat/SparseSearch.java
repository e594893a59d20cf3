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
    double dot = query.dot(vector);
    // Zero, not minus zero, where no component is shared.
    return cosine ? 1 - dot / (queryNorm * vector.norm()) : 0 - dot;
  }

  /** Compares a row that may be in the answer. */
  public void add(SparseVector vector, long ordinal) {
    double distance = distance(vector);
    rowsScored++;
    if (distance <= top.bound()) {
      top.offer(ordinal, distance);
    }
  }

  /** Rows that were compared. */
  public long rowsScored() {
    return rowsScored;
  }
}
