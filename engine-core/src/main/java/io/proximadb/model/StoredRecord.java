package io.proximadb.model;

import java.time.Instant;

/**
 * A record as it is read back.
 *
 * @param record the user's part; vectors and columns that were not asked for are missing, and
 *     vectors that another engine left out or wrote in another dimension
 * @param version see {@link SystemColumns#VERSION}
 * @param updatedAt see {@link SystemColumns#UPDATED_AT}
 */
public record StoredRecord(VectorRecord record, long version, Instant updatedAt) {
  public String id() {
    return record.id();
  }
}
