package io.proximadb.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeBenchmarkTest {
  @TempDir private Path folder;

  @Test
  void shortFormGivesAllFiguresFromProcessesOfTheirOwn() throws IOException {
    List<Figure> figures =
        new LargeBenchmark()
            .run(
                new BenchmarkContext(
                    List.of(), folder, BenchmarkContext.Form.SHORT, null, said -> {}));

    assertThat(figures.stream().map(Figure::name))
        .containsExactly(
            "large.ingest.speed",
            "large.compaction.time",
            "large.reopen.time",
            "large.statistics.time",
            "large.get.time");
    assertThat(figures)
        .allSatisfy(figure -> assertThat(figure.value()).as(figure.name()).isPositive());
  }
}
