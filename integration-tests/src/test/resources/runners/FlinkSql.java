import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/** Runs the statements of a file one after the other; shows queries' rows. */
public final class FlinkSql {
  public static void main(String[] arguments) throws Exception {
    TableEnvironment flink = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    flink.getConfig().set("execution.checkpointing.interval", "500 ms");
    flink.getConfig().set("parallelism.default", "1");
    for (String statement : Files.readString(Path.of(arguments[0])).split(";\\s*\n")) {
      if (statement.isBlank()) {
        continue;
      }
      TableResult result = flink.executeSql(statement);
      if (result.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT
          && result.getJobClient().isPresent()
          && !statement.stripLeading().startsWith("INSERT")) {
        result.print();
      } else {
        result.await();
      }
    }
  }
}
