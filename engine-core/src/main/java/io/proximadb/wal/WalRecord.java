package io.proximadb.wal;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One logged change of one record.
 *
 * @param sequence the record's number in this log, dense from 1; 0 before it is appended
 * @param tableUuid the table it belongs to
 * @param epoch the ownership epoch under which it was accepted
 * @param operation what happened
 * @param id the record's id
 * @param version see {@link io.proximadb.model.SystemColumns#VERSION}
 * @param updatedAtMicros microseconds since 1970
 * @param expiresAtMicros microseconds since 1970, or {@link io.proximadb.model.Row#NO_EXPIRY}
 * @param vectors by Iceberg field id; empty for a deletion
 * @param metadata by Iceberg field id; null values are left out
 */
public record WalRecord(
    long sequence,
    UUID tableUuid,
    long epoch,
    Operation operation,
    String id,
    long version,
    long updatedAtMicros,
    long expiresAtMicros,
    Map<Integer, float[]> vectors,
    Map<Integer, @Nullable Object> metadata) {

  /** Kinds of change; a whole new version of the record, or its deletion. */
  public enum Operation {
    UPSERT,
    DELETE
  }

  /** The same record with its number. */
  public WalRecord withSequence(long number) {
    return new WalRecord(
        number,
        tableUuid,
        epoch,
        operation,
        id,
        version,
        updatedAtMicros,
        expiresAtMicros,
        vectors,
        metadata);
  }
}
