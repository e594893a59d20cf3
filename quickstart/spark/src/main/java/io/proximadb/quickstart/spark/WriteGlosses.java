package io.proximadb.quickstart.spark;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;

/**
 * Creates a collection in SQL and appends a DataFrame to it.
 *
 * <p>Arguments: the warehouse folder, the namespace and collection, and the glosses with their
 * vectors, a JSON object a line.
 */
public final class WriteGlosses {
  private static final String GLOSS_COLUMNS =
      "id STRING, words STRING, category STRING, word_count INT, gloss STRING, source STRING, "
          + "vector ARRAY<FLOAT>";

  private WriteGlosses() {}

  public static void main(String[] arguments) throws IOException, NoSuchTableException {
    Messages messages = new Messages(System.out);
    String table = "proxima." + arguments[1];
    String namespace = table.substring(0, table.lastIndexOf('.'));

    messages.phase("starting Spark");
    try (SparkSession spark = Sessions.open(arguments[0])) {
      long started = System.nanoTime();
      messages.phase("creating the collection in SQL");
      spark.sql("CREATE NAMESPACE IF NOT EXISTS " + namespace);
      spark.sql(
          String.format(
              Locale.ROOT,
              """
              CREATE TABLE %s (
                id STRING NOT NULL, words STRING, category STRING, word_count INT, gloss STRING,
                source STRING, vector ARRAY<FLOAT> NOT NULL)
              TBLPROPERTIES (
                'proximadb.vector.vector.dimension' = '384',
                'proximadb.vector.vector.metric' = 'COSINE')
              """,
              table));

      messages.phase("writing rows");
      Dataset<Row> glosses = spark.read().schema(GLOSS_COLUMNS).json(arguments[2]);
      glosses.writeTo(table).append();
      long millis = (System.nanoTime() - started) / 1_000_000;

      messages.phase("counting them");
      long rows = spark.table(table).count();
      messages.result(Map.of("rows", rows, "millis", millis));
    }
  }
}
