package io.proximadb.spark;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.ExplainMode;

/** Plans of queries as EXPLAIN shows them. */
final class Plans {
  private Plans() {}

  static String of(Dataset<Row> rows) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) rows)
        .queryExecution()
        .explainString(ExplainMode.fromString("simple"));
  }
}
