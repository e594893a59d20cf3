package io.proximadb.api;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.SparseVector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A search by several queries at once, each against a vector field, dense or sparse, whose rankings
 * are fused. All parts see one snapshot and one filter.
 *
 * @param parts 1 to {@value #MAX_PARTS}; two may be of one field
 * @param k how many records, in [1, {@value SearchRequest#MAX_K}]
 * @param fusion how rankings become one
 * @param filter which rows may be in the answer
 * @param columns columns to return with each hit, as in {@link SearchRequest}
 * @param minSequence all writes up to that number are in the answer; 0 for any state
 */
public record HybridRequest(
    List<Part> parts,
    int k,
    Fusion fusion,
    Filter filter,
    @Nullable List<String> columns,
    long minSequence) {
  /** Most parts: as many as a collection has vector fields. */
  public static final int MAX_PARTS = 16;

  /** Candidates of a part that does not say how many. */
  public static final int DEFAULT_DEPTH = 100;

  /**
   * One query.
   *
   * @param vector the query; empty if there is a sparse one
   * @param sparse the query where the field is sparse, else null
   * @param field the vector field, or null for the collection's default
   * @param depth how many of the nearest records are candidates, in [1, {@value
   *     SearchRequest#MAX_K}]; at least k are looked for
   * @param weight of this part in the fusion, above 0 and finite
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Part(
      float[] vector,
      @Nullable SparseVector sparse,
      @Nullable String field,
      int depth,
      double weight) {
    private static final float[] NO_VECTOR = {};

    public Part {
      if (depth < 1 || depth > SearchRequest.MAX_K) {
        throw new InvalidArgumentException(
            "Invalid depth: " + depth + " (expected 1 to " + SearchRequest.MAX_K + ")");
      }
      if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
        throw new InvalidArgumentException(
            "Invalid weight: " + weight + " (expected above 0 and finite)");
      }
    }

    /** By the default field. */
    public static Part of(float[] vector) {
      return new Part(vector, null, null, DEFAULT_DEPTH, 1);
    }

    /** By a dense field. */
    public static Part of(float[] vector, String field) {
      return new Part(vector, null, field, DEFAULT_DEPTH, 1);
    }

    /** By a sparse field. */
    public static Part of(SparseVector sparse, String field) {
      return new Part(NO_VECTOR, sparse, field, DEFAULT_DEPTH, 1);
    }

    /** The same with another number of candidates. */
    public Part depth(int candidates) {
      return new Part(vector, sparse, field, candidates, weight);
    }

    /** The same with another weight. */
    public Part weight(double newWeight) {
      return new Part(vector, sparse, field, depth, newWeight);
    }

    /**
     * The search that finds the candidates.
     *
     * @param k of the whole request: so many at least are looked for, so that the answer is whole
     */
    public SearchRequest search(int k) {
      return new SearchRequest(
          vector,
          Math.max(k, depth),
          field,
          Filter.alwaysTrue(),
          List.of(),
          0,
          SearchRequest.EXACT,
          sparse);
    }
  }

  public HybridRequest {
    parts = List.copyOf(parts);
    if (parts.isEmpty() || parts.size() > MAX_PARTS) {
      throw new InvalidArgumentException(
          "Invalid hybrid search: " + parts.size() + " parts (expected 1 to " + MAX_PARTS + ")");
    }
    if (k < 1 || k > SearchRequest.MAX_K) {
      throw new InvalidArgumentException(
          "Invalid k: " + k + " (expected 1 to " + SearchRequest.MAX_K + ")");
    }
  }

  /** The k best records by reciprocal rank fusion. */
  public static HybridRequest of(int k, Part... parts) {
    return new HybridRequest(
        List.of(parts), k, Fusion.reciprocalRank(), Filter.alwaysTrue(), null, 0);
  }

  /** The same search with rankings fused in that way. */
  public HybridRequest by(Fusion newFusion) {
    return new HybridRequest(parts, k, newFusion, filter, columns, minSequence);
  }

  /** The same search among the rows that pass a filter. */
  public HybridRequest where(Filter condition) {
    return new HybridRequest(parts, k, fusion, condition, columns, minSequence);
  }

  /** The same search returning these columns. */
  public HybridRequest returning(List<String> names) {
    return new HybridRequest(parts, k, fusion, filter, List.copyOf(names), minSequence);
  }

  /** The same search of a state that includes all writes up to a sequence. */
  public HybridRequest atLeast(long sequence) {
    return new HybridRequest(parts, k, fusion, filter, columns, sequence);
  }
}
