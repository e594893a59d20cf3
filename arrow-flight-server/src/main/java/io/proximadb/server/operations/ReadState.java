package io.proximadb.server.operations;

import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.SnapshotRef;
import io.proximadb.proto.v1.ReadAt;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.RecordMessages;
import java.util.Optional;

/** Which state of a collection a request reads. */
final class ReadState {
  private ReadState() {}

  /**
   * Opens the state that a request names; empty for the newest one.
   *
   * @throws InvalidFieldException if it asks for a sequence as well, or names no state
   * @throws io.proximadb.error.NotFoundException if there is no such snapshot
   */
  static Optional<CollectionView> open(
      Collection collection, boolean given, ReadAt readAt, long minSequence) {
    if (!given) {
      return Optional.empty();
    }
    if (minSequence != 0) {
      throw InvalidFieldException.of(
          "minSequence", "Invalid read: both an earlier state and a sequence (expected one)");
    }
    SnapshotRef snapshot =
        switch (readAt.getStateCase()) {
          case SNAPSHOT_ID -> SnapshotRef.id(readAt.getSnapshotId());
          case AS_OF ->
              InvalidFieldException.at(
                  "readAt.asOf", () -> SnapshotRef.asOf(RecordMessages.instant(readAt.getAsOf())));
          case STATE_NOT_SET ->
              throw InvalidFieldException.of(
                  "readAt", "Invalid state to read: not set (expected snapshotId or asOf)");
        };
    return Optional.of(collection.at(snapshot));
  }
}
