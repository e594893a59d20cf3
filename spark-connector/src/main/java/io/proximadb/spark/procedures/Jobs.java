package io.proximadb.spark.procedures;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.SparkSession;

/** Spark jobs that write files: a task for each piece of work. */
final class Jobs {
  /** What the UI shows of a job. */
  private static final String DESCRIPTION = "spark.job.description";

  private Jobs() {}

  /**
   * Does pieces of work on the executors.
   *
   * @return what each gave, in their order
   */
  static <T extends Serializable, R> List<R> run(
      String description, List<T> pieces, Function<T, R> work) {
    if (pieces.isEmpty()) {
      return List.of();
    }
    JavaSparkContext spark =
        JavaSparkContext.fromSparkContext(SparkSession.active().sparkContext());
    String before = spark.getLocalProperty(DESCRIPTION);
    spark.setLocalProperty(DESCRIPTION, "proximadb: " + description);
    try {
      return spark.parallelize(pieces, pieces.size()).map(work).collect();
    } finally {
      spark.setLocalProperty(DESCRIPTION, before);
    }
  }
}
