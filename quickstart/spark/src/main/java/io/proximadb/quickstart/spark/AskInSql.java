package io.proximadb.quickstart.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Asks for the nearest glosses in SQL, with a similarity function, and counts them.
 *
 * <p>Arguments: the warehouse folder, the namespace and collection, a file with one JSON object
 * {@code {"vector": [...]}}, the category to ask in, and how many answers.
 */
public final class AskInSql {
  private AskInSql() {}

  public static void main(String[] arguments) throws IOException {
    Messages messages = new Messages(System.out);
    String table = "proxima." + arguments[1];

    messages.phase("starting Spark");
    try (SparkSession spark = Sessions.open(arguments[0])) {
      Row question = spark.read().schema("vector ARRAY<FLOAT>").json(arguments[2]).first();
      Float[] vector = question.<Float>getList(0).toArray(new Float[0]);
      String query =
          String.format(
              Locale.ROOT,
              """
              SELECT id, words, category, gloss, source,
                     vector_cosine_similarity(vector, :question) AS similarity
              FROM %s
              WHERE category = :category
              ORDER BY similarity DESC, id
              LIMIT %s
              """,
              table,
              arguments[4]);

      messages.phase("asking in SQL");
      long started = System.nanoTime();
      List<Row> rows =
          spark.sql(query, Map.of("question", vector, "category", arguments[3])).collectAsList();
      long millis = (System.nanoTime() - started) / 1_000_000;

      messages.phase("counting rows");
      long count = spark.table(table).count();
      messages.result(
          Map.of("sql", query, "answers", answers(rows), "rows", count, "millis", millis));
    }
  }

  private static List<Map<String, Object>> answers(List<Row> rows) {
    List<Map<String, Object>> answers = new ArrayList<>();
    for (Row row : rows) {
      Map<String, Object> answer = new LinkedHashMap<>();
      for (String column : row.schema().fieldNames()) {
        answer.put(column, row.get(row.fieldIndex(column)));
      }
      answers.add(answer);
    }
    return answers;
  }
}
