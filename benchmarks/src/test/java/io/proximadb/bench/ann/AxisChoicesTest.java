package io.proximadb.bench.ann;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of what AXIS chooses: that all figures come out. */
class AxisChoicesTest {
  private static final int DIMENSION = 8;

  @TempDir Path folder;

  private static void write(Path file, int rows) throws IOException {
    Random random = new Random(rows);
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * (2 + rows * DIMENSION)).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(rows).putInt(DIMENSION);
    for (int i = 0; i < rows * DIMENSION; i++) {
      bytes.putFloat((float) random.nextGaussian());
    }
    Files.write(file, bytes.array());
  }

  @Test
  void aChoiceIsComparedWithCandidates() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    // Vectors of few dimensions, so that the test is short.
    write(data.resolve("small-base.fbin"), 5_000);
    write(data.resolve("small-query.fbin"), 50);
    List<Figure> figures =
        new AxisChoices(
                new BenchmarkContext(
                    List.of(data),
                    Files.createDirectories(folder.resolve("scratch")),
                    BenchmarkContext.Form.SHORT,
                    null,
                    what -> {}))
            .run();
    assertThat(figures).extracting(Figure::name).contains("axis.choice", "axis.recall-found");
    assertThat(figures.stream().filter(figure -> figure.name().equals("axis.cost")))
        .extracting(Figure::peer)
        .contains("exact", "hnsw")
        .anyMatch(peer -> peer.startsWith("AXIS: "));
    assertThat(figures).allSatisfy(figure -> assertThat(figure.value()).isGreaterThan(0));
  }
}
