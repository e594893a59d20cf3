package io.proximadb.api;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * An answer and what it rests on. There are always {@code min(k, live matching rows)} hits, ordered
 * by distance, then id.
 *
 * @param hits best first
 * @param snapshotId the Iceberg snapshot under it; empty if the table has none yet
 * @param sequence the log sequence up to which this engine's own writes are included
 * @param rowsScannedExactly rows compared with the query one by one
 * @param rowsCoveredByIndex rows that an index answered for
 * @param recall measured recall of the setting used; 1 for an exact search, empty if unknown
 * @param strategy how the answer was found, and why that way
 */
public record SearchResponse(
    List<SearchHit> hits,
    OptionalLong snapshotId,
    long sequence,
    long rowsScannedExactly,
    long rowsCoveredByIndex,
    OptionalDouble recall,
    String strategy) {
  public SearchResponse {
    hits = List.copyOf(hits);
  }
}
