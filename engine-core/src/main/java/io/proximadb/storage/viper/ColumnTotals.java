package io.proximadb.storage.viper;

import java.nio.ByteBuffer;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.statistics.Statistics;

/** What is known of one leaf column over a whole file. */
final class ColumnTotals {
  /** A longer bound is left out of the footer, where it would only weigh. */
  private static final int MAX_BOUND_BYTES = 1_024;

  private final ColumnDescriptor column;
  private final Statistics<?> statistics;
  private long bytes;
  private long values;
  private long nans;

  ColumnTotals(ColumnDescriptor column) {
    this.column = column;
    this.statistics = Statistics.createStats(column.getPrimitiveType());
  }

  void add(ChunkPages chunk, long chunkBytes, long chunkNans) {
    statistics.mergeStatistics(chunk.statistics());
    bytes += chunkBytes;
    values += chunk.values();
    nans += chunkNans;
  }

  ColumnDescriptor column() {
    return column;
  }

  long bytes() {
    return bytes;
  }

  /** Nulls included. */
  long values() {
    return values;
  }

  long nans() {
    return nans;
  }

  long nulls() {
    return statistics.getNumNulls();
  }

  /** Bounds without NaN, and with both signs of zero inside; empty if there are none. */
  Statistics<?> bounds() {
    return normalized(statistics);
  }

  /**
   * Bounds as readers may use them: none if one is NaN, and zero as the signed zero that is safe.
   */
  private static Statistics<?> normalized(Statistics<?> raw) {
    Statistics.Builder builder = Statistics.getBuilderForReading(raw.type());
    if (raw.hasNonNullValue()) {
      builder.withMin(raw.getMinBytes()).withMax(raw.getMaxBytes());
    }
    return builder.withNumNulls(raw.getNumNulls()).build();
  }

  /** The statistics of a chunk as a footer states them. */
  static org.apache.parquet.format.Statistics footerStatistics(Statistics<?> raw) {
    org.apache.parquet.format.Statistics footer = new org.apache.parquet.format.Statistics();
    footer.setNull_count(raw.getNumNulls());
    Statistics<?> bounds = normalized(raw);
    if (bounds.hasNonNullValue()) {
      byte[] min = bounds.getMinBytes();
      byte[] max = bounds.getMaxBytes();
      if (min.length <= MAX_BOUND_BYTES && max.length <= MAX_BOUND_BYTES) {
        footer.setMin_value(ByteBuffer.wrap(min));
        footer.setMax_value(ByteBuffer.wrap(max));
      }
    }
    return footer;
  }
}
