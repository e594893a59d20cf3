package io.proximadb.bench.ann;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.DenseIndexes;
import io.proximadb.bench.Figure;
import io.proximadb.error.InvalidArgumentException;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
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

  /** Texts of a few words each, of which the last ones are examples. */
  private static void writeGlosses(Path file, int count) throws IOException {
    Random random = new Random(count);
    try (Writer out =
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8)) {
      out.write("id\twords\tcategory\tword_count\tgloss\n");
      for (int id = 0; id < count; id++) {
        out.write("n" + id + "\tthing " + random.nextInt(400) + "\tnoun.toy\t1\t");
        out.write("a " + random.nextInt(300) + " of " + random.nextInt(200));
        out.write("; \"one of " + random.nextInt(300) + " or " + random.nextInt(200) + "\"\n");
      }
    }
  }

  private BenchmarkContext context(Path data, String... only) throws IOException {
    return new BenchmarkContext(
        List.of(data),
        Files.createDirectories(folder.resolve("scratch")),
        BenchmarkContext.Form.SHORT,
        null,
        what -> {},
        List.of(DenseIndexes.parse("hnsw")),
        List.of(only),
        0);
  }

  private Path data() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    // Vectors of few dimensions, so that the test is short.
    write(data.resolve("small-base.fbin"), 5_000);
    write(data.resolve("small-query.fbin"), 50);
    writeGlosses(data.resolve("wordnet-glosses.tsv.gz"), 1_500);
    return data;
  }

  @Test
  void aChoiceIsComparedWithCandidates() throws IOException {
    List<Figure> figures = new AxisChoices(context(data())).run();
    assertThat(figures)
        .extracting(Figure::name)
        .contains("axis.choice", "axis.recall-found", "axis.beside-usual");
    assertThat(figures.stream().filter(figure -> figure.name().equals("axis.cost")))
        .extracting(Figure::peer)
        .contains("exact", "hnsw", "sparse", "AXIS: sparse");
    assertThat(figures).allSatisfy(figure -> assertThat(figure.value()).isGreaterThan(0));
  }

  @Test
  void calibratedRecallIsComparedWithManySettings() throws IOException {
    List<Figure> figures = new AxisRecallBenchmark().run(context(data()));
    assertThat(figures).extracting(Figure::name).contains("axis.recall.worst", "axis.effort.worst");
    assertThat(figures).as("of each filter").hasSize(6);
    assertThat(figures).allSatisfy(figure -> assertThat(figure.value()).isBetween(-1.0, 1e6));
  }

  @Test
  void aPartThatIsNotThereIsTold() throws IOException {
    BenchmarkContext none = context(data(), "none");
    assertThatThrownBy(() -> new AxisChoices(none).run())
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("write-heavy");
    assertThatThrownBy(() -> new AxisRecallBenchmark().run(none))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("small");
  }
}
