package io.proximadb.spark;

import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Real local sessions for tests, on one Spark context for the whole JVM. */
public final class SparkSessions {
  /** The name of the catalog in every session. */
  public static final String CATALOG = "prox";

  private SparkSessions() {}

  /** A session of its own whose catalog {@value #CATALOG} stands on a warehouse folder. */
  public static SparkSession open(Path warehouse) {
    SparkSession session = shared().newSession();
    session.conf().set("spark.sql.catalog." + CATALOG, ProximaCatalog.class.getName());
    session.conf().set("spark.sql.catalog." + CATALOG + ".warehouse", warehouse.toString());
    return session;
  }

  private static SparkSession shared() {
    return SparkSession.builder()
        .master("local[2]")
        .appName("proximadb-tests")
        .config("spark.ui.enabled", false)
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", 4)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.extensions", ProximaExtensions.class.getName())
        .getOrCreate();
  }
}
