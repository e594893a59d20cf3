package io.proximadb.model;

import org.jspecify.annotations.Nullable;

/**
 * A checked record in the order of its {@link CollectionSchema}: what logs, memtables and file
 * writers pass on. Arrays are shared, never changed.
 *
 * @param id the identifier
 * @param vectors one array for each vector field, in schema order; null where the row is without a
 *     vector of an optional field
 * @param metadata one value for each metadata field, in schema order; Java classes as in {@link
 *     FieldType}
 * @param expiresAtMicros microseconds since 1970 from which the row is gone, or {@link #NO_EXPIRY}
 * @param version see {@link SystemColumns#VERSION}
 * @param updatedAtMicros microseconds since 1970
 */
@SuppressWarnings("ArrayRecordComponent") // identity is never compared; copies would cost ingest
public record Row(
    String id,
    float[] @Nullable [] vectors,
    @Nullable Object[] metadata,
    long expiresAtMicros,
    long version,
    long updatedAtMicros) {

  /** The expiry of a row that never expires. */
  public static final long NO_EXPIRY = Long.MAX_VALUE;

  /** The same row as another version. */
  public Row withVersion(long newVersion, long newUpdatedAtMicros) {
    return new Row(id, vectors, metadata, expiresAtMicros, newVersion, newUpdatedAtMicros);
  }

  /** The same row with another expiry, microseconds since 1970 or {@link #NO_EXPIRY}. */
  public Row withExpiry(long newExpiresAtMicros) {
    return new Row(id, vectors, metadata, newExpiresAtMicros, version, updatedAtMicros);
  }

  /** True if the row is gone at that time (microseconds since 1970). */
  public boolean isExpiredAt(long nowMicros) {
    return expiresAtMicros <= nowMicros;
  }

  /** Bytes of heap that the row takes, roughly; for the accounting of memtables and buffers. */
  public long estimatedBytes() {
    long bytes = 96 + 2L * id.length();
    for (float[] vector : vectors) {
      bytes += vector == null ? 0 : 16 + 4L * vector.length;
    }
    for (Object value : metadata) {
      bytes += estimatedBytes(value);
    }
    return bytes;
  }

  private static long estimatedBytes(@Nullable Object value) {
    if (value instanceof String text) {
      return 40 + 2L * text.length();
    }
    if (value instanceof byte[] bytes) {
      return 16L + bytes.length;
    }
    if (value instanceof Iterable<?> items) {
      long bytes = 24;
      for (Object item : items) {
        bytes += 8 + estimatedBytes(item);
      }
      return bytes;
    }
    if (value instanceof SparseStruct sparse) {
      return sparse.estimatedBytes();
    }
    if (value instanceof java.util.Map<?, ?> map) {
      return 48 + estimatedBytes(map.values());
    }
    return 24;
  }
}
