package io.proximadb.spark;

import java.nio.file.Path;
import org.apache.iceberg.Snapshot;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

/** A process with a streaming query that dies in the moment after a commit, or runs to its end. */
public final class StreamingChild {
  /** The exit code of the death. */
  static final int DEAD = 137;

  private StreamingChild() {}

  /** Arguments: warehouse, input, checkpoint, epoch to die after or -1. */
  public static void main(String[] arguments) throws Exception {
    SparkSession spark = SparkSessions.open(Path.of(arguments[0]));
    FaultyCatalog.settings(SparkSessions.CATALOG).forEach(spark.conf()::set);
    SparkSession.setActiveSession(spark);
    FaultyCatalog.after =
        metadata -> {
          Snapshot snapshot = metadata.currentSnapshot();
          if (snapshot != null
              && arguments[3].equals(snapshot.summary().get("proximadb.spark.epoch"))) {
            Runtime.getRuntime().halt(DEAD);
          }
        };
    spark
        .readStream()
        .schema("id STRING, n INT")
        .option("maxFilesPerTrigger", 1)
        .csv(arguments[1])
        .selectExpr("id", "array(CAST(n AS FLOAT), 0f, 1f) AS vector", "n")
        .writeStream()
        .option("checkpointLocation", arguments[2])
        .trigger(Trigger.AvailableNow())
        .toTable("prox.db.t")
        .awaitTermination();
  }
}
