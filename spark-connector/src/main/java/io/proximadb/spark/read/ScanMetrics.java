package io.proximadb.spark.read;

import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.metric.CustomSumMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;

/** What Spark's UI shows of a scan. */
final class ScanMetrics {
  private static final String READ = "proximadbRowsRead";
  private static final String COMPARED = "proximadbRowsCompared";
  private static final String INDEXED = "proximadbRowsByIndex";

  private ScanMetrics() {}

  /** All metrics of a scan. */
  static CustomMetric[] all() {
    return new CustomMetric[] {new RowsRead(), new RowsCompared(), new RowsByIndex()};
  }

  /** The values of one task. */
  static CustomTaskMetric[] values(long read, long compared, long indexed) {
    return new CustomTaskMetric[] {
      new Value(READ, read), new Value(COMPARED, compared), new Value(INDEXED, indexed)
    };
  }

  private record Value(String name, long value) implements CustomTaskMetric {}

  /** Rows that came out of the scan. Made by Spark too, by its class. */
  public static final class RowsRead extends CustomSumMetric {
    @Override
    public String name() {
      return READ;
    }

    @Override
    public String description() {
      return "rows read for Spark";
    }
  }

  /** Rows compared with the query of a vector search one by one. */
  public static final class RowsCompared extends CustomSumMetric {
    @Override
    public String name() {
      return COMPARED;
    }

    @Override
    public String description() {
      return "rows compared by their vectors";
    }
  }

  /** Rows of files for which an index answered. */
  public static final class RowsByIndex extends CustomSumMetric {
    @Override
    public String name() {
      return INDEXED;
    }

    @Override
    public String description() {
      return "rows that an index answered for";
    }
  }
}
