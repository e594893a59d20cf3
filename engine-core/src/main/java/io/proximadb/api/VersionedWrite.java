package io.proximadb.api;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.VectorRecord;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A change of one record that passes only if the record is what the writer takes it for, see {@link
 * Collection#compareAndSet}.
 *
 * @param id the record's id
 * @param record what it becomes, or null to delete it
 * @param expectedVersion the version of the live record, as {@link
 *     io.proximadb.model.StoredRecord#version()} gives it, or {@link #ABSENT}
 */
public record VersionedWrite(String id, @Nullable VectorRecord record, long expectedVersion) {
  /** Expects that no record of that id is live; versions are above it. */
  public static final long ABSENT = 0;

  public VersionedWrite {
    if (expectedVersion < ABSENT) {
      throw new InvalidArgumentException(
          "Invalid expected version of record '"
              + id
              + "': "
              + expectedVersion
              + " (expected the version of a record that was read, or "
              + ABSENT
              + " for none)");
    }
    if (record != null && !record.id().equals(id)) {
      throw new InvalidArgumentException(
          "Invalid write of record '" + id + "': it gives record '" + record.id() + "'");
    }
  }

  /** Replaces a record whole. */
  public static VersionedWrite update(VectorRecord record, long expectedVersion) {
    return new VersionedWrite(record.id(), record, expectedVersion);
  }

  /** Adds a record that must not be there. */
  public static VersionedWrite insert(VectorRecord record) {
    return new VersionedWrite(record.id(), record, ABSENT);
  }

  /** Deletes a record. */
  public static VersionedWrite delete(String id, long expectedVersion) {
    return new VersionedWrite(id, null, expectedVersion);
  }

  /** What the record becomes; empty if it is deleted. */
  public Optional<VectorRecord> newRecord() {
    return Optional.ofNullable(record);
  }
}
