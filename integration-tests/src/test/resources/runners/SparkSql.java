import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Runs the statements of a file, in a session with the settings of another; shows queries' rows. */
public final class SparkSql {
  public static void main(String[] arguments) throws Exception {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "1");
    Properties settings = new Properties();
    try (var lines = Files.newBufferedReader(Path.of(arguments[1]))) {
      settings.load(lines);
    }
    settings.forEach((key, value) -> builder.config(key.toString(), value.toString()));
    try (SparkSession spark = builder.getOrCreate()) {
      for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*\n")) {
        if (!statement.isBlank()) {
          Dataset<Row> result = spark.sql(statement);
          if (result.columns().length > 0) {
            result.show(false);
          }
        }
      }
    }
  }
}
