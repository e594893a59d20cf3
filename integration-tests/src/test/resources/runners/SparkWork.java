import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Runs the statements of a file over a warehouse; rows of queries are printed with tabs between. */
public final class SparkWork {
  public static void main(String[] arguments) throws Exception {
    try (SparkSession spark =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.sql.extensions", "io.proximadb.spark.ProximaExtensions")
            .config("spark.sql.catalog.prox", "io.proximadb.spark.ProximaCatalog")
            .config("spark.sql.catalog.prox.warehouse", arguments[1])
            .getOrCreate()) {
      for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*\n")) {
        if (statement.isBlank()) {
          continue;
        }
        Dataset<Row> result = spark.sql(statement);
        if (result.columns().length > 0) {
          List<Row> rows = result.collectAsList();
          for (Row row : rows) {
            System.out.println(
                "ROW\t"
                    + java.util.stream.IntStream.range(0, row.size())
                        .mapToObj(i -> String.valueOf(row.get(i)))
                        .collect(Collectors.joining("\t")));
          }
        }
      }
    }
  }
}
