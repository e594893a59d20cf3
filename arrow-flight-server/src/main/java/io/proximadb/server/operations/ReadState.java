package io.proximadb.server.operations;

import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.SnapshotRef;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.StoredRecord;
import io.proximadb.proto.v1.ReadAt;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.RecordMessages;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The state of a collection that a request reads: the newest one, or an earlier one with the fields
 * that it had then. To be closed.
 */
public final class ReadState implements AutoCloseable {
  private final Collection collection;
  private final @Nullable CollectionView view;

  private ReadState(Collection collection, @Nullable CollectionView view) {
    this.collection = collection;
    this.view = view;
  }

  /**
   * Opens the state that a request names.
   *
   * @param given whether it names an earlier one; the newest one is read if not
   * @throws InvalidFieldException if it asks for a sequence as well, or names no state
   * @throws io.proximadb.error.NotFoundException if there is no such snapshot
   */
  public static ReadState open(
      Collection collection, boolean given, ReadAt readAt, long minSequence) {
    if (!given) {
      return new ReadState(collection, null);
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
    return new ReadState(collection, collection.at(snapshot));
  }

  /** The fields of the state, by which a request is judged and an answer is made. */
  public CollectionSchema schema() {
    return view == null ? collection.schema() : view.schema();
  }

  /** The snapshot that is read; empty for the newest state. */
  public OptionalLong snapshotId() {
    return view == null ? OptionalLong.empty() : OptionalLong.of(view.snapshot().id());
  }

  /** A search of it. */
  public SearchResponse search(SearchRequest request) {
    return view == null ? collection.search(request) : view.search(request);
  }

  /** Several searches of it. */
  public List<SearchResponse> search(List<SearchRequest> requests) {
    return view == null ? collection.search(requests) : view.search(requests);
  }

  HybridResponse search(HybridRequest request) {
    return view == null ? collection.search(request) : view.search(request);
  }

  /** A scan of it, which goes on after this is closed. */
  public ScanResult scan(ScanRequest request) {
    return view == null ? collection.scan(request) : view.scan(request);
  }

  /** Records by their ids; the sequence is of the newest state. */
  List<StoredRecord> get(List<String> ids, long minSequence) {
    return view == null ? collection.get(ids, minSequence) : view.get(ids);
  }

  @Override
  public void close() {
    if (view != null) {
      view.close();
    }
  }
}
