package io.proximadb.bench.spark;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Upserts more rows than the heap holds, half of which replace others, in a process that is driver
 * and executors at once, with Spark's own settings.
 *
 * <p>Arguments: a folder to work in, and how many rows of {@value #DIMENSION} floats.
 */
public final class UpsertWorker {
  static final int DIMENSION = 64;

  /** Tasks that make rows; how many write them is Spark's choice. */
  private static final int TASKS = 16;

  private static final long FIRST = 1;
  private static final long SECOND = 2;

  /** Rows whose vectors are looked at afterwards, evenly over all. */
  private static final int CHECKED = 20;

  private static final double MIB = 1 << 20;

  private final SparkSession spark;
  private final Timings timings;

  private UpsertWorker(SparkSession spark, Timings timings) {
    this.spark = spark;
    this.timings = timings;
  }

  public static void main(String[] arguments) throws Exception {
    Timings timings = new Timings(System.out);
    Path folder = Path.of(arguments[0]);
    timings.phase("starting Spark with a small heap");
    try (SparkSession spark = open(folder)) {
      new UpsertWorker(spark, timings).measure(Long.parseLong(arguments[1]));
    }
  }

  private static SparkSession open(Path folder) {
    return SparkSession.builder()
        .appName("ProximaDB benchmark of upserts")
        .master("local[2]")
        .config("spark.sql.extensions", "io.proximadb.spark.ProximaExtensions")
        .config("spark.sql.catalog.prox", "io.proximadb.spark.ProximaCatalog")
        .config("spark.sql.catalog.prox.warehouse", folder.resolve("upserted").toString())
        .config("spark.local.dir", folder.resolve("local").toString())
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  private void measure(long rows) throws Exception {
    spark.sql("CREATE NAMESPACE prox.bench");
    spark.sql(
        "CREATE TABLE prox.bench.upserted (id STRING, vector ARRAY<FLOAT>) TBLPROPERTIES"
            + " ('proximadb.vector.vector.dimension' = '"
            + DIMENSION
            + "', 'proximadb.vector.vector.metric' = 'EUCLIDEAN')");
    timings.phase("writing " + rows / 2 + " rows to be replaced");
    VectorSets.even(spark, DIMENSION, rows / 2, TASKS, FIRST)
        .writeTo("prox.bench.upserted")
        .append();
    timings.phase("upserting " + rows);
    Dataset<Row> upserted = VectorSets.even(spark, DIMENSION, rows, TASKS, SECOND);
    Map<String, Timings.Work> works = new LinkedHashMap<>();
    works.put("upsert.proximadb", () -> upserted.writeTo("prox.bench.upserted").append());
    timings.run(works, 0, 1);
    timings.value("upsert.rows", (double) spark.table("prox.bench.upserted").count());
    timings.value("upsert.new", newest(rows));
    timings.value("upsert.heap", Runtime.getRuntime().maxMemory() / MIB);
  }

  /** The share of rows looked at that are those of the upsert, once each. */
  private double newest(long rows) {
    int newest = 0;
    for (int i = 0; i < CHECKED; i++) {
      long row = rows * i / CHECKED;
      List<Row> found =
          spark
              .sql("SELECT vector FROM prox.bench.upserted WHERE id = 'r" + row + "'")
              .collectAsList();
      float[] expected = VectorSets.even(DIMENSION, row, SECOND);
      if (found.size() == 1 && Arrays.equals(expected, floats(found.get(0)))) {
        newest++;
      }
    }
    return newest / (double) CHECKED;
  }

  private static float[] floats(Row row) {
    List<Float> list = row.getList(0);
    float[] floats = new float[list.size()];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = list.get(i);
    }
    return floats;
  }
}
