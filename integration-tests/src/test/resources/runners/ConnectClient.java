import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Does the statements of a file, one a line, by Spark Connect: its address and the file are the
 * arguments. Before them a data frame of the client is appended to {@code prox.shop.goods}, which
 * the first line makes. Prints each row, or that a statement failed and why.
 */
public final class ConnectClient {
  private static final int ROWS = 2_000;

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    try (SparkSession spark = SparkSession.builder().remote(arguments[0]).getOrCreate()) {
      List<String> statements = Files.readAllLines(Path.of(arguments[1]));
      run(spark, statements.get(0), out);
      run(spark, statements.get(1), out);
      spark
          .range(ROWS)
          .selectExpr(
              "concat('r', id) AS id",
              "CAST(id % 10 AS INT) AS price",
              "array(CAST(id AS FLOAT), 1f) AS vector")
          .writeTo("prox.shop.goods")
          .append();
      for (String statement : statements.subList(2, statements.size())) {
        run(spark, statement, out);
      }
      out.println("# data frame");
      for (Row row :
          spark
              .table("prox.shop.goods")
              .where("price = 3")
              .orderBy(
                  org.apache.spark.sql.functions.expr(
                      "prox.vector_l1_distance(vector, array(40, 1))"))
              .limit(2)
              .select("id", "vector")
              .collectAsList()) {
        out.println(row.getString(0) + " " + row.getList(1));
      }
    }
  }

  private static void run(SparkSession spark, String statement, PrintStream out) {
    out.println("# " + statement);
    try {
      for (Row row : spark.sql(statement).collectAsList()) {
        out.println(row.mkString(" | "));
      }
    } catch (RuntimeException e) {
      out.println("FAILED " + e.getMessage());
    } catch (Exception e) {
      out.println("FAILED " + e);
    }
  }
}
