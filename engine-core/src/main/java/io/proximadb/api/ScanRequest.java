package io.proximadb.api;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What to scan.
 *
 * @param filter which rows
 * @param columns which columns, in this order: {@code id}, metadata, vector and system columns;
 *     null for id, all metadata, {@code expires_at} and all vectors
 * @param batchRows most rows in a batch, in [1, {@value #MAX_BATCH_ROWS}]
 * @param minSequence all writes up to that number are in the answer, see {@link
 *     Collection#get(List, long)}; 0 for any state
 */
public record ScanRequest(
    Filter filter, @Nullable List<String> columns, int batchRows, long minSequence) {
  public static final int DEFAULT_BATCH_ROWS = 1_024;

  /** Upper bound: a batch of that many 1,024-dimensional vectors is 256 MiB. */
  public static final int MAX_BATCH_ROWS = 65_536;

  public ScanRequest {
    if (batchRows < 1 || batchRows > MAX_BATCH_ROWS) {
      throw new InvalidArgumentException(
          "Invalid batch size: " + batchRows + " (expected 1 to " + MAX_BATCH_ROWS + ")");
    }
  }

  /** A scan of any state. */
  public ScanRequest(Filter filter, @Nullable List<String> columns, int batchRows) {
    this(filter, columns, batchRows, 0);
  }

  /** Everything. */
  public static ScanRequest all() {
    return new ScanRequest(Filter.alwaysTrue(), null, DEFAULT_BATCH_ROWS);
  }

  /** The rows that pass a filter, with these columns. */
  public static ScanRequest of(Filter filter, List<String> columns) {
    return new ScanRequest(filter, List.copyOf(columns), DEFAULT_BATCH_ROWS);
  }

  /** The same scan of a state that includes all writes up to a sequence. */
  public ScanRequest atLeast(long sequence) {
    return new ScanRequest(filter, columns, batchRows, sequence);
  }
}
