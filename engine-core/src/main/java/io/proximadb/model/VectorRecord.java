package io.proximadb.model;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record as a user hands it in: id, vectors by field name, metadata by column name, expiry.
 *
 * <p>Not checked against a schema until it is written, see {@link RecordValidator}. The maps are
 * copied, the vectors are not: do not change them afterwards.
 *
 * @param id the identifier, 1 to {@value RecordValidator#MAX_ID_BYTES} bytes of UTF-8
 * @param vectors one array for each dense vector field of the collection
 * @param sparseVectors one vector for each sparse vector field
 * @param metadata values by column; a missing column is null
 * @param expiresAt the instant from which the record is gone, or null for never
 */
public record VectorRecord(
    String id,
    Map<String, float[]> vectors,
    Map<String, SparseVector> sparseVectors,
    Map<String, @Nullable Object> metadata,
    @Nullable Instant expiresAt) {

  public VectorRecord {
    vectors = Collections.unmodifiableMap(new LinkedHashMap<>(vectors));
    sparseVectors = Collections.unmodifiableMap(new LinkedHashMap<>(sparseVectors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** A record without sparse vectors. */
  public VectorRecord(
      String id,
      Map<String, float[]> vectors,
      Map<String, @Nullable Object> metadata,
      @Nullable Instant expiresAt) {
    this(id, vectors, Map.of(), metadata, expiresAt);
  }

  /** A record with the default vector field and no expiry. */
  public static VectorRecord of(
      String id, float[] vector, Map<String, ? extends @Nullable Object> metadata) {
    return new VectorRecord(
        id, Map.of(VectorField.DEFAULT_NAME, vector), new LinkedHashMap<>(metadata), null);
  }

  /** The same record with an expiry. */
  public VectorRecord expiringAt(Instant instant) {
    return new VectorRecord(id, vectors, sparseVectors, metadata, instant);
  }

  /** The same record with one more sparse vector, or another one. */
  public VectorRecord withSparse(String field, SparseVector vector) {
    Map<String, SparseVector> changed = new LinkedHashMap<>(sparseVectors);
    changed.put(field, vector);
    return new VectorRecord(id, vectors, changed, metadata, expiresAt);
  }
}
