package io.proximadb.spark.read;

import java.util.Arrays;
import org.apache.spark.sql.connector.metric.CustomMetric;
import org.apache.spark.sql.connector.metric.CustomSumMetric;
import org.apache.spark.sql.connector.metric.CustomTaskMetric;

/** What Spark's UI shows of a scan. */
final class ScanMetrics {
  private static final String READ = "proximadbRowsRead";
  private static final String BYTES = "proximadbBytesRead";
  private static final String COMPARED = "proximadbRowsCompared";
  private static final String INDEXED = "proximadbRowsByIndex";
  private static final String SKIPPED = "proximadbFilesSkipped";
  private static final String RECALL = "proximadbRecall";

  /** Metrics are whole numbers. */
  private static final double RECALL_UNITS = 10_000;

  private ScanMetrics() {}

  /** All metrics of a scan. */
  static CustomMetric[] all() {
    return new CustomMetric[] {
      new RowsRead(),
      new BytesRead(),
      new RowsCompared(),
      new RowsByIndex(),
      new FilesSkipped(),
      new Recall()
    };
  }

  /** The values of one task. */
  static CustomTaskMetric[] values(long read, long bytes, long compared, long indexed) {
    return new CustomTaskMetric[] {
      new Value(READ, read),
      new Value(BYTES, bytes),
      new Value(COMPARED, compared),
      new Value(INDEXED, indexed)
    };
  }

  /**
   * What is known when a scan is planned.
   *
   * @param recall that is searched with; 0 if there is no search
   */
  static CustomTaskMetric[] ofDriver(long skipped, double recall) {
    return new CustomTaskMetric[] {
      new Value(SKIPPED, skipped), new Value(RECALL, Math.round(recall * RECALL_UNITS))
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

  /** Bytes of the values that came out of the scan, in memory. */
  public static final class BytesRead extends CustomSumMetric {
    @Override
    public String name() {
      return BYTES;
    }

    @Override
    public String description() {
      return "bytes read for Spark";
    }
  }

  /** Data files that statistics of their columns left out. */
  public static final class FilesSkipped extends CustomSumMetric {
    @Override
    public String name() {
      return SKIPPED;
    }

    @Override
    public String description() {
      return "files skipped by statistics";
    }
  }

  /** The share of the nearest rows that a search was told to find. */
  public static final class Recall implements CustomMetric {
    @Override
    public String name() {
      return RECALL;
    }

    @Override
    public String description() {
      return "recall searched with";
    }

    @Override
    public String aggregateTaskMetrics(long[] values) {
      long most = Arrays.stream(values).max().orElse(0);
      return most <= 0 ? "" : Double.toString(most / RECALL_UNITS);
    }
  }
}
