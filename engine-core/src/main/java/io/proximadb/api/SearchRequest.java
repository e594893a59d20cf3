package io.proximadb.api;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.SparseVector;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A search for the nearest records.
 *
 * @param vector the query; empty if there is a sparse one
 * @param k how many records, in [1, {@value #MAX_K}]
 * @param field the vector field to search, or null for the collection's default
 * @param filter which rows may be in the answer
 * @param columns columns to return with each hit; metadata, system and vector columns; null for all
 *     metadata columns
 * @param minSequence all writes up to that number are in the answer, see {@link
 *     Collection#get(List, long)}; 0 for any state
 * @param clusters how many clusters of each model to look into, the nearest to the query, or {@link
 *     #EXACT}
 * @param sparse the query where the field is sparse, else null
 * @param recall the share of the true answer that is wanted where an index answers, in (0, 1]; 1
 *     has every row compared; {@link #USUAL_RECALL} for the collection's goal
 * @param effort rows that an index keeps while it looks ("ef"), 1 to {@value #MAX_EFFORT}; 0 to
 *     have it chosen by {@code recall}
 * @param maxDistance rows farther than that are not in the answer; infinite for no such limit
 */
@SuppressWarnings("ArrayRecordComponent")
public record SearchRequest(
    float[] vector,
    int k,
    @Nullable String field,
    Filter filter,
    @Nullable List<String> columns,
    long minSequence,
    int clusters,
    @Nullable SparseVector sparse,
    double recall,
    int effort,
    double maxDistance) {
  private static final float[] NO_VECTOR = {};

  /** Stands for a search that is not by clusters. */
  public static final int EXACT = 0;

  /** Upper bound of k: answers are held in memory whole. */
  public static final int MAX_K = 10_000;

  /** Stands for the recall that is the collection's goal, {@link #DEFAULT_RECALL} without one. */
  public static final double USUAL_RECALL = 0;

  /** What a search asks for that does not say, in a collection without a goal for it. */
  public static final double DEFAULT_RECALL = 0.95;

  /** Most rows that an index keeps while it looks: to compare all is better before that. */
  public static final int MAX_EFFORT = 16_384;

  public SearchRequest {
    if (k < 1 || k > MAX_K) {
      throw new InvalidArgumentException("Invalid k: " + k + " (expected 1 to " + MAX_K + ")");
    }
    if (clusters < 0) {
      throw new InvalidArgumentException(
          "Invalid number of clusters: " + clusters + " (expected at least 1, or 0 for all rows)");
    }
    if (!(recall == USUAL_RECALL || (recall > 0 && recall <= 1))) {
      throw invalidRecall(recall);
    }
    if (effort < 0 || effort > MAX_EFFORT) {
      throw new InvalidArgumentException(
          "Invalid effort: "
              + effort
              + " (expected 1 to "
              + MAX_EFFORT
              + ", or 0 to go by recall)");
    }
    if (Double.isNaN(maxDistance)) {
      throw new InvalidArgumentException("Invalid distance: NaN (expected a number)");
    }
  }

  private static InvalidArgumentException invalidRecall(double recall) {
    return new InvalidArgumentException(
        "Invalid recall: " + recall + " (expected above 0, at most 1)");
  }

  /** The same search with the recall that it asks for, or is to ask for if it does not say. */
  public SearchRequest withUsualRecall(OptionalDouble goal) {
    return recall == USUAL_RECALL ? recall(goal.orElse(DEFAULT_RECALL)) : this;
  }

  /** A search by a dense or a sparse vector, with the usual recall. */
  public SearchRequest(
      float[] vector,
      int k,
      @Nullable String field,
      Filter filter,
      @Nullable List<String> columns,
      long minSequence,
      int clusters,
      @Nullable SparseVector sparse) {
    this(
        vector,
        k,
        field,
        filter,
        columns,
        minSequence,
        clusters,
        sparse,
        USUAL_RECALL,
        0,
        Double.POSITIVE_INFINITY);
  }

  /** A search of any state by a dense vector, with the usual recall. */
  public SearchRequest(
      float[] vector,
      int k,
      @Nullable String field,
      Filter filter,
      @Nullable List<String> columns) {
    this(vector, k, field, filter, columns, 0, EXACT, null);
  }

  /** The k nearest records by the default field. */
  public static SearchRequest of(float[] vector, int k) {
    return new SearchRequest(vector, k, null, Filter.alwaysTrue(), null);
  }

  /** The k nearest records by a sparse field. */
  public static SearchRequest of(SparseVector sparse, int k, String field) {
    return new SearchRequest(NO_VECTOR, k, field, Filter.alwaysTrue(), null, 0, EXACT, sparse);
  }

  /** The same search for another number of records. */
  public SearchRequest nearest(int count) {
    return new SearchRequest(
        vector,
        count,
        field,
        filter,
        columns,
        minSequence,
        clusters,
        sparse,
        recall,
        effort,
        maxDistance);
  }

  /** The same search among the rows that pass a filter. */
  public SearchRequest where(Filter condition) {
    return new SearchRequest(
        vector,
        k,
        field,
        condition,
        columns,
        minSequence,
        clusters,
        sparse,
        recall,
        effort,
        maxDistance);
  }

  /** The same search by another vector field. */
  public SearchRequest by(String vectorField) {
    return new SearchRequest(
        vector,
        k,
        vectorField,
        filter,
        columns,
        minSequence,
        clusters,
        sparse,
        recall,
        effort,
        maxDistance);
  }

  /** The same search returning these columns. */
  public SearchRequest returning(List<String> names) {
    return new SearchRequest(
        vector,
        k,
        field,
        filter,
        List.copyOf(names),
        minSequence,
        clusters,
        sparse,
        recall,
        effort,
        maxDistance);
  }

  /**
   * The same search among the rows of the clusters nearest to the query, which may miss rows that
   * an exact search finds. Rows without a cluster are all compared, and more clusters are looked
   * into until there are k hits. A sparse field, and any that is not the default one, has no
   * clusters and is searched exactly.
   *
   * @param nearest how many of them, at least 1
   */
  public SearchRequest clusters(int nearest) {
    if (nearest < 1) {
      throw new InvalidArgumentException(
          "Invalid number of clusters: " + nearest + " (expected at least 1)");
    }
    return new SearchRequest(
        vector,
        k,
        field,
        filter,
        columns,
        minSequence,
        nearest,
        sparse,
        recall,
        effort,
        maxDistance);
  }

  /** The same search of a state that includes all writes up to a sequence. */
  public SearchRequest atLeast(long sequence) {
    return new SearchRequest(
        vector, k, field, filter, columns, sequence, clusters, sparse, recall, effort, maxDistance);
  }

  /**
   * The same search for that share of the true answer, on average, where an index answers. What
   * indexes were calibrated for is in {@link SearchResponse#recall()}.
   *
   * @param share above 0, at most 1; 1 is {@link #exactly()}
   */
  public SearchRequest recall(double share) {
    if (share == USUAL_RECALL) {
      throw invalidRecall(share);
    }
    return new SearchRequest(
        vector,
        k,
        field,
        filter,
        columns,
        minSequence,
        clusters,
        sparse,
        share,
        effort,
        maxDistance);
  }

  /** The same search with every live row compared, or left out because it provably is too far. */
  public SearchRequest exactly() {
    return new SearchRequest(
        vector, k, field, filter, columns, minSequence, EXACT, sparse, 1, 0, maxDistance);
  }

  /**
   * The same search with an effort set by hand, whatever recall that gives.
   *
   * @param rows that an index keeps while it looks, 1 to {@value #MAX_EFFORT}; it keeps k at least
   */
  public SearchRequest effort(int rows) {
    return new SearchRequest(
        vector,
        k,
        field,
        filter,
        columns,
        minSequence,
        clusters,
        sparse,
        recall,
        rows,
        maxDistance);
  }

  /**
   * The same search for rows within a distance, the nearest k of them.
   *
   * @param distance by the field's metric, included
   */
  public SearchRequest within(double distance) {
    return new SearchRequest(
        vector, k, field, filter, columns, minSequence, clusters, sparse, recall, effort, distance);
  }
}
