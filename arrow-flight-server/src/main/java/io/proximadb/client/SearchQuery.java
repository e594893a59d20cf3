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
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record SearchQuery(
    float[] vector,
    int k,
    String field,
    String filterJson,
    List<String> columns,
    @Nullable SparseVector sparse) {
  public SearchQuery {
    columns = List.copyOf(columns);
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
    return new SearchQuery(vector, k, vectorField, filterJson, columns, sparse);
  }

  /** The same among the rows that pass a filter, for instance {@code {"category": "noun"}}. */
  public SearchQuery where(String json) {
    return new SearchQuery(vector, k, field, json, columns, sparse);
  }

  /** The same returning these columns. */
  public SearchQuery returning(String... names) {
    return new SearchQuery(vector, k, field, filterJson, List.of(names), sparse);
  }
}
