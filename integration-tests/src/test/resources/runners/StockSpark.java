import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Starts with the settings of a file, and does statements that come in lines: the name of a
 * session, the file with its settings, and the statement with its line ends escaped, with tabs
 * between. Answers with a line for each row, then one that says how it ended.
 */
public final class StockSpark {
  /** All sessions have those of the first one. */
  private static final String EXTENSIONS = "spark.sql.extensions";

  private static final Map<String, SparkSession> SESSIONS = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    SparkSession first =
        SparkSession.builder()
            .master("local[2]")
            .config(EXTENSIONS, settings(Path.of(arguments[0])).getProperty(EXTENSIONS, ""))
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.datetime.java8API.enabled", "true")
            .getOrCreate();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] parts = line.split("\t", 3);
      try {
        SparkSession session = SESSIONS.get(parts[0]);
        if (session == null) {
          session = open(first, Path.of(parts[1]));
          SESSIONS.put(parts[0], session);
        }
        String statement = parts[2].replace("\\n", "\n").replace("\\\\", "\\");
        for (Row row : session.sql(statement).collectAsList()) {
          out.println("ROW\t" + text(row));
        }
        out.println("DONE");
      } catch (Exception e) {
        e.printStackTrace();
        out.println("FAILED\t" + e.toString().replace('\n', ' '));
      }
    }
    first.stop();
  }

  private static SparkSession open(SparkSession first, Path settings) throws Exception {
    SparkSession session = first.newSession();
    Properties properties = settings(settings);
    properties.remove(EXTENSIONS);
    properties.forEach((key, value) -> session.conf().set(key.toString(), value.toString()));
    return session;
  }

  private static Properties settings(Path file) throws Exception {
    Properties properties = new Properties();
    try (var lines = Files.newBufferedReader(file)) {
      properties.load(lines);
    }
    return properties;
  }

  /** To the last bit: numbers of float and double by their bits, text and bytes in hex. */
  private static String text(Object value) {
    if (value == null) {
      return "null";
    } else if (value instanceof Float number) {
      return "f" + Integer.toHexString(Float.floatToIntBits(number));
    } else if (value instanceof Double number) {
      return "d" + Long.toHexString(Double.doubleToLongBits(number));
    } else if (value instanceof String text) {
      return "s" + HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
    } else if (value instanceof byte[] bytes) {
      return "b" + HexFormat.of().formatHex(bytes);
    } else if (value instanceof Instant instant) {
      return "t" + ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    } else if (value instanceof LocalDate date) {
      return "y" + date.toEpochDay();
    } else if (value instanceof Row row) {
      List<String> parts = new ArrayList<>();
      for (int i = 0; i < row.size(); i++) {
        parts.add(text(row.get(i)));
      }
      return "(" + String.join(",", parts) + ")";
    } else if (value instanceof scala.collection.Iterable<?> items) {
      List<String> parts = new ArrayList<>();
      var all = items.iterator();
      while (all.hasNext()) {
        parts.add(text(all.next()));
      }
      return "[" + String.join(",", parts) + "]";
    }
    return value.toString();
  }
}
