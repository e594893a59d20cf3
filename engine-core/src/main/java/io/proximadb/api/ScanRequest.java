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
 * @param part which part of the rows, from 0 on; the parts of one snapshot together have each of
 *     its rows once
 * @param parts how many parts there are, in [1, {@value #MAX_PARTS}]; 1 for all rows
 */
public record ScanRequest(
    Filter filter,
    @Nullable List<String> columns,
    int batchRows,
    long minSequence,
    int part,
    int parts) {
  public static final int DEFAULT_BATCH_ROWS = 1_024;

  /** Upper bound: a batch of that many 1,024-dimensional vectors is 256 MiB. */
  public static final int MAX_BATCH_ROWS = 65_536;

  /** Upper bound of parts: each opens the files and judges the filter for itself. */
  public static final int MAX_PARTS = 64;

  public ScanRequest {
    if (batchRows < 1 || batchRows > MAX_BATCH_ROWS) {
      throw new InvalidArgumentException(
          "Invalid batch size: " + batchRows + " (expected 1 to " + MAX_BATCH_ROWS + ")");
    }
    if (parts < 1 || parts > MAX_PARTS || part < 0 || part >= parts) {
      throw new InvalidArgumentException(
          "Invalid part of a scan: "
              + part
              + " of "
              + parts
              + " (expected one from 0 on, of 1 to "
              + MAX_PARTS
              + ")");
    }
  }

  /** A scan of all rows. */
  public ScanRequest(
      Filter filter, @Nullable List<String> columns, int batchRows, long minSequence) {
    this(filter, columns, batchRows, minSequence, 0, 1);
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
    return new ScanRequest(filter, columns, batchRows, sequence, part, parts);
  }

  /**
   * A part of the same scan: a range of the rows of every file, so that parts are alike in size.
   * All parts are to read one snapshot, or rows may be missing or come twice; unflushed rows, if
   * the state has any, are in part 0.
   */
  public ScanRequest part(int which, int of) {
    return new ScanRequest(filter, columns, batchRows, minSequence, which, of);
  }
}
