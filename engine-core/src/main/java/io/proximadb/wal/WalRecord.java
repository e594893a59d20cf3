package io.proximadb.wal;

import io.proximadb.model.Row;
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
 * @param id the record's id; empty for a flush mark
 * @param version see {@link io.proximadb.model.SystemColumns#VERSION}
 * @param updatedAtMicros microseconds since 1970
 * @param expiresAtMicros microseconds since 1970, or {@link Row#NO_EXPIRY}
 * @param vectors by Iceberg field id; empty unless a row is given whole
 * @param metadata by Iceberg field id; null values are left out
 * @param flushedSequence of a flush mark, the number up to which the table holds the log's records;
 *     0 for all else
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
    Map<Integer, @Nullable Object> metadata,
    long flushedSequence) {

  /** Kinds of change. */
  public enum Operation {
    /** A whole record whose id was not live. */
    INSERT,
    /** A whole record, in the place of a live one; also what format 1 calls an upsert. */
    UPDATE,
    /** The record of that id is gone; files keep its row until they are rewritten. */
    SOFT_DELETE,
    /** The record of that id expires at {@link #expiresAtMicros()}; all else stays. */
    SET_TTL,
    /** The record of that id does not expire; all else stays. */
    REMOVE_TTL,
    /** No change: the table holds everything up to {@link #flushedSequence()}. */
    FLUSH;

    /** True if the record's vectors and metadata are given. */
    public boolean givesRow() {
      return this == INSERT || this == UPDATE;
    }
  }

  /** A change of an id that gives no row: a deletion or a change of expiry. */
  public static WalRecord ofId(
      UUID tableUuid,
      long epoch,
      Operation operation,
      String id,
      long version,
      long updatedAtMicros,
      long expiresAtMicros) {
    return new WalRecord(
        0,
        tableUuid,
        epoch,
        operation,
        id,
        version,
        updatedAtMicros,
        expiresAtMicros,
        Map.of(),
        Map.of(),
        0);
  }

  /** Notes that a table holds the log's records up to a number. */
  public static WalRecord flushMark(
      UUID tableUuid, long epoch, long flushedSequence, long version, long atMicros) {
    return new WalRecord(
        0,
        tableUuid,
        epoch,
        Operation.FLUSH,
        "",
        version,
        atMicros,
        Row.NO_EXPIRY,
        Map.of(),
        Map.of(),
        flushedSequence);
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
        metadata,
        flushedSequence);
  }
}
