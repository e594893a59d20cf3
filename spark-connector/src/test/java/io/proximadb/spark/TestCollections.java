package io.proximadb.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Collections for tests. */
final class TestCollections {
  private TestCollections() {}

  /** {@code prox.db.t}: id, vector of 3 under EUCLIDEAN, category, n, expires_at. */
  static void create(SparkSession spark) {
    spark.sql(
        "CREATE TABLE prox.db.t (id STRING, vector ARRAY<FLOAT>, category STRING, n INT,"
            + " expires_at TIMESTAMP) TBLPROPERTIES ('proximadb.vector.vector.dimension' = '3',"
            + " 'proximadb.vector.vector.metric' = 'EUCLIDEAN')");
  }

  /** Rows {@code <prefix><i>} for i in [from, to), of category {@code c<i % 3>} and number i. */
  static Dataset<Row> rows(SparkSession spark, String prefix, int from, int to) {
    return spark
        .range(from, to, 1, 2)
        .selectExpr(
            "concat('" + prefix + "', id) AS id",
            "array(CAST(id AS FLOAT), 0.5f, -1f) AS vector",
            "concat('c', id % 3) AS category",
            "CAST(id AS INT) AS n",
            "CAST(NULL AS TIMESTAMP) AS expires_at");
  }

  /** Rows as text, sorted. */
  static List<String> strings(Dataset<Row> rows) {
    return rows.collectAsList().stream()
        .map(row -> row.mkString("|").replaceAll("ArraySeq\\((.*?)\\)", "[$1]"))
        .sorted()
        .toList();
  }

  /** The folder of {@code prox.db.t}. */
  static Path folder(SparkSession spark) {
    return Path.of(
        spark
            .sql("DESCRIBE TABLE EXTENDED prox.db.t")
            .filter("col_name = 'Location'")
            .head()
            .getString(1));
  }

  /** Files below the folder of {@code prox.db.t} whose path has that part. */
  static List<Path> files(SparkSession spark, String part) {
    Path folder = folder(spark);
    try (Stream<Path> walk = Files.walk(folder)) {
      return walk.filter(Files::isRegularFile)
          .filter(file -> ("/" + folder.relativize(file)).contains(part))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
