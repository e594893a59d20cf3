package io.proximadb.api;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.StoredRecord;
import java.io.Closeable;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A collection as one snapshot has it, for reading: its rows, its schema at that time, and expiry
 * judged at the snapshot's time. Unflushed writes are not in it. Safe for use by several threads.
 *
 * <p>Files of the snapshot stay open until the view is closed, also if the snapshot expires
 * meanwhile.
 */
public interface CollectionView extends Closeable {
  /** The snapshot that is read. */
  SnapshotInfo snapshot();

  /** The fields as they were then. */
  CollectionSchema schema();

  /** The record of that id that was live. */
  Optional<StoredRecord> get(String id);

  /** The records of these ids that were live, in the order asked for, absent ones left out. */
  List<StoredRecord> get(List<String> ids);

  /** All records that were live and pass the request's filter. */
  ScanResult scan(ScanRequest request);

  /** The nearest records that were live and pass the request's filter. */
  SearchResponse search(SearchRequest request);

  /** The best records that were live and pass the request's filter, by several queries. */
  HybridResponse search(HybridRequest request);

  /** The best groups of records that were live and pass the request's filter. */
  GroupedResponse search(GroupedRequest request);

  /**
   * Several searches at once, see {@link Collection#search(List)}.
   *
   * @throws io.proximadb.error.InvalidArgumentException if a request does not fit the schema of the
   *     snapshot, asks for a minimal sequence, or there are too many
   */
  List<SearchResponse> search(List<SearchRequest> requests);

  /** Says why a record was in the answer or was not, see {@link Collection#explain}. */
  SearchExplanation explain(SearchRequest request, String id);

  /** The clusters nearest to a query, see {@link Collection#nearestClusters}. */
  List<Long> nearestClusters(float[] query, int n, @Nullable String field);

  @Override
  void close();
}
