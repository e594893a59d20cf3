package io.proximadb.quickstart.spark;

import org.apache.spark.sql.SparkSession;

/** How the quickstart's programs start Spark. */
final class Sessions {
  private Sessions() {}

  /** A Spark on the cores of this machine, with a warehouse as its catalog {@code proxima}. */
  static SparkSession open(String warehouse) {
    return SparkSession.builder()
        .appName("ProximaDB quickstart")
        .master("local[*]")
        .config("spark.sql.extensions", "io.proximadb.spark.ProximaExtensions")
        .config("spark.sql.catalog.proxima", "io.proximadb.spark.ProximaCatalog")
        .config("spark.sql.catalog.proxima.warehouse", warehouse)
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }
}
