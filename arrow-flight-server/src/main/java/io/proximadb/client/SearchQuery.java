package io.proximadb.client;

import io.proximadb.model.SparseVector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to search for. Nothing is checked here: the server answers for what is wrong.
 *
 * @param vector the query; empty if there is a sparse one
 * @param k how many records
 * @param field the vector field to search; empty for the collection's default
 * @param filterJson which rows may be in the answer, as a JSON filter; empty for all
 * @param columns columns to return with each hit; empty for all metadata columns, {@code id} alone
 *     for none
 * @param sparse the query for a sparse field, or null
 * @param recall the share of the true answer that is wanted where an index answers, above 0; 1 has
 *     every row compared; 0 for the collection's goal
 * @param minSequence all writes up to that number are in the answer; 0 for any state
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SearchQuery(
    float[] vector,
    int k,
    String field,
    String filterJson,
    List<String> columns,
    @Nullable SparseVector sparse,
    double recall,
    long minSequence) {
  public SearchQuery {
    columns = List.copyOf(columns);
  }

  /** A query of any state, with the collection's recall. */
  public SearchQuery(
      float[] vector,
      int k,
      String field,
      String filterJson,
      List<String> columns,
      @Nullable SparseVector sparse) {
    this(vector, k, field, filterJson, columns, sparse, 0, 0);
  }

  /** A query by a dense vector. */
  public SearchQuery(float[] vector, int k, String field, String filterJson, List<String> columns) {
    this(vector, k, field, filterJson, columns, null);
  }

  /** The k nearest records by a sparse field. */
  public static SearchQuery nearest(SparseVector sparse, int k, String field) {
    return new SearchQuery(new float[0], k, field, "", List.of(), sparse);
  }

  /** The k nearest records by the default field. */
  public static SearchQuery nearest(float[] vector, int k) {
    return new SearchQuery(vector, k, "", "", List.of());
  }

  /** The same by another vector field. */
  public SearchQuery by(String vectorField) {
    return new SearchQuery(
        vector, k, vectorField, filterJson, columns, sparse, recall, minSequence);
  }

  /** The same among the rows that pass a filter, for instance {@code {"category": "noun"}}. */
  public SearchQuery where(String json) {
    return new SearchQuery(vector, k, field, json, columns, sparse, recall, minSequence);
  }

  /** The same returning these columns. */
  public SearchQuery returning(String... names) {
    return new SearchQuery(
        vector, k, field, filterJson, List.of(names), sparse, recall, minSequence);
  }

  /** What many queries have in common that are sent apart from it: all but the vector. */
  public static SearchQuery forEach(int k) {
    return new SearchQuery(new float[0], k, "", "", List.of());
  }

  /** The same with that share of the true answer. */
  public SearchQuery recall(double share) {
    return new SearchQuery(vector, k, field, filterJson, columns, sparse, share, minSequence);
  }

  /** The same of a state that has all writes up to a number, as a write was answered by. */
  public SearchQuery atLeast(long sequence) {
    return new SearchQuery(vector, k, field, filterJson, columns, sparse, recall, sequence);
  }
}
