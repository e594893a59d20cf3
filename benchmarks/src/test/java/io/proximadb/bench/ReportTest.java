package io.proximadb.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final Figure OURS =
      Figure.of("read-all.speed", 1.7345, "GB/s", "60,000 x 784, one thread");
  private static final Figure RATIO =
      Figure.of("read-all.ratio", 11.42, "times", "medians of 5")
          .peer("parquet-java")
          .mustBe(Bar.atLeast(8));
  private static final Figure SLOW =
      Figure.of("random-row.time", 2, "µs", "mapped").mustBe(Bar.below(2));

  @Test
  void tableHasAVerdictWhereThereIsABar() {
    assertThat(Report.table(List.of(OURS, RATIO, SLOW)))
        .isEqualTo(
            """
            figure           value  unit   peer          setting                   bar   verdict
            ---------------  -----  -----  ------------  ------------------------  ----  -------
            read-all.speed    1.73  GB/s                 60,000 x 784, one thread
            read-all.ratio    11.4  times  parquet-java  medians of 5              >= 8  ok
            random-row.time      2  µs                   mapped                    < 2   MISSED\
            """);
  }

  @Test
  void tableShowsTheSpreadOfPassesAndHeaderTheMachine() {
    List<Figure> figures =
        List.of(
            Figure.of("machine.fsync", 0.131, "ms", "p50"),
            Figure.of("append.speed", 7_600, "records/s", "8 writers")
                .over(new double[] {7_600, 7_100, 9_000}),
            SLOW);
    assertThat(Report.table(figures))
        .isEqualTo(
            """
            figure           value      min..max  unit       peer  setting    bar  verdict
            ---------------  -----  ------------  ---------  ----  ---------  ---  -------
            append.speed     7,600  7,100..9,000  records/s        8 writers
            random-row.time      2                µs               mapped     < 2  MISSED\
            """);
    assertThat(Report.header("2 CPUs", figures)).isEqualTo("2 CPUs; fsync 0.131 ms (p50)");
  }

  @Test
  void allBarsCount() {
    assertThat(Report.reachesAllBars(List.of(OURS, RATIO))).isTrue();
    assertThat(Report.reachesAllBars(List.of(OURS, RATIO, SLOW))).isFalse();
    assertThat(Bar.atMost(3).isReachedBy(3)).isTrue();
    assertThat(Bar.atMost(3).isReachedBy(3.01)).isFalse();
    assertThat(Bar.above(1).isReachedBy(1)).isFalse();
    assertThat(Bar.above(1).isReachedBy(1.01)).isTrue();
  }

  @Test
  void jsonHasOneObjectForEachFigure(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("new/result.json");
    Report.writeJson(List.of(OURS, RATIO), file);

    JsonNode array = new ObjectMapper().readTree(file.toFile());
    assertThat(array).hasSize(2);
    assertThat(array.get(0).fieldNames())
        .toIterable()
        .containsExactly("name", "value", "unit", "setting", "peer");
    assertThat(array.get(0).get("value").asDouble()).isEqualTo(1.7345);
    assertThat(array.get(0).get("peer").isNull()).isTrue();
    assertThat(array.get(1).get("peer").asText()).isEqualTo("parquet-java");

    Report.writeJson(List.of(OURS.over(new double[] {2, 1, 3})), file);
    JsonNode spread = new ObjectMapper().readTree(file.toFile()).get(0);
    assertThat(spread.get("min").asDouble()).isEqualTo(1);
    assertThat(spread.get("max").asDouble()).isEqualTo(3);
  }

  @Test
  void rowNeedsACellForEachColumn() {
    assertThatThrownBy(() -> TextTable.of("a", "b").row("1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Invalid row: 1 cells (expected 2)");
  }
}
