package io.proximadb.flink.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the SQL of {@code docs/flink.md}, block after block, and compares what it shows. */
class FlinkGuideTest {
  private static final Pattern BLOCK =
      Pattern.compile("```sql\\n(.*?)\\n```\\n(?:```text\\n(.*?)\\n```\\n)?", Pattern.DOTALL);

  @TempDir Path warehouse;

  @Test
  void theGuideSaysWhatHappens() throws Exception {
    Path guide = Path.of("..", "docs", "flink.md");
    TableEnvironment sql = TableEnvironment.create(EnvironmentSettings.inBatchMode());
    sql.getConfig().set("parallelism.default", "1");
    Matcher block = BLOCK.matcher(Files.readString(guide));
    int compared = 0;
    while (block.find()) {
      List<String> rows = List.of();
      for (String statement :
          block.group(1).replace("/data/warehouse", "" + warehouse).split(";")) {
        if (!statement.isBlank()) {
          rows = run(sql, statement);
        }
      }
      if (block.group(2) != null) {
        assertThat(rows).as(block.group(1)).containsExactlyInAnyOrder(block.group(2).split("\n"));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(7);
  }

  private static List<String> run(TableEnvironment sql, String statement) throws Exception {
    TableResult result = sql.executeSql(statement);
    List<String> rows = new ArrayList<>();
    if (!statement.strip().startsWith("SELECT")) {
      result.await();
      return rows;
    }
    try (CloseableIterator<Row> found = result.collect()) {
      found.forEachRemaining(
          row ->
              rows.add(
                  IntStream.range(0, row.getArity())
                      .mapToObj(row::getField)
                      .map(FlinkGuideTest::text)
                      .collect(Collectors.joining(" | "))));
    }
    return rows;
  }

  private static String text(Object value) {
    return value instanceof Object[] array ? List.of(array).toString() : String.valueOf(value);
  }
}
