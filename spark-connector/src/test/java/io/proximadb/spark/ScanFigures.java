package io.proximadb.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.datasources.v2.BatchScanExec;
import scala.jdk.javaapi.CollectionConverters;

/** What the scans of a query that was run counted. */
final class ScanFigures {
  private ScanFigures() {}

  static long of(Dataset<Row> rows, String metric) {
    return of(
        ((org.apache.spark.sql.classic.Dataset<Row>) rows).queryExecution().executedPlan(), metric);
  }

  private static long of(SparkPlan plan, String metric) {
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      return of(adaptive.executedPlan(), metric);
    }
    if (plan instanceof BatchScanExec scan) {
      return scan.metrics().apply(metric).value();
    }
    long sum = 0;
    for (SparkPlan child : CollectionConverters.asJava(plan.children())) {
      sum += of(child, metric);
    }
    return sum;
  }
}
