package io.proximadb.bench.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FakeFashionMnist;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.wal.Compression;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalBenchmarkTest {
  private static final int IMAGES = 64;
  private static final long SEED = 11;

  @TempDir private Path folder;

  private Path data() throws IOException {
    return FakeFashionMnist.write(folder.resolve("data"), IMAGES, SEED);
  }

  @Test
  void shortFormGivesAllFiguresAndLeavesNothing() throws IOException {
    Path scratch = Files.createDirectories(folder.resolve("scratch"));
    List<String> said = new ArrayList<>();
    List<Figure> figures =
        new WalBenchmark()
            .run(
                new BenchmarkContext(
                    List.of(data()),
                    scratch,
                    BenchmarkContext.Form.SHORT,
                    Duration.ofMillis(20),
                    said::add));

    List<String> expected = new ArrayList<>();
    for (int floats : List.of(128, 768)) {
      for (int writers : List.of(8, 64)) {
        expected.add(String.format(Locale.ROOT, "append-%dx%d.ratio", writers, floats));
      }
      expected.add("ack-1x" + floats + ".ratio");
      expected.add("ack-1x" + floats + "-interval.time");
      expected.add("replay-" + floats + ".speed");
      expected.add("lz4-" + floats + "-decompress.speed");
    }
    expected.add("replay-2-dirs.ratio");
    assertThat(figures.stream().filter(figure -> figure.bar() != null).map(Figure::name))
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(figures)
        .allSatisfy(figure -> assertThat(figure.value()).as(figure.name()).isPositive().isFinite());
    assertThat(figures.stream().filter(figure -> figure.name().startsWith("machine.fsync")))
        .hasSize(2);
    assertThat(said).anyMatch(line -> line.startsWith("64 writers x 768 floats, pass 1 of 1"));
    assertThat(scratch).isEmptyDirectory();
  }

  @Test
  void peerGetsTheBytesThatTheLogHas() throws IOException {
    RecordPool records = RecordPool.of(128, FashionMnist.read(List.of(data())), Integer.MAX_VALUE);
    assertThat(records.size()).isEqualTo(IMAGES);
    Path log = folder.resolve("log");
    WalOptions plain = WalOptions.builder().compression(Compression.NONE).build();
    try (ProximaLog wal = ProximaLog.create(log, plain, records)) {
      for (int record = 0; record < records.size(); record++) {
        wal.put(record);
      }
    }

    StringBuilder files = new StringBuilder();
    try (Stream<Path> walk = Files.walk(log)) {
      for (Path file : (Iterable<Path>) walk.filter(Files::isRegularFile)::iterator) {
        files.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    for (int record = 0; record < records.size(); record++) {
      assertThat(files).contains(new String(records.encoded(record), StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void vectorsAreCutAndPaddedAroundTheirMiddle() {
    float[] image = new float[FashionMnist.DIMENSION];
    for (int i = 0; i < image.length; i++) {
      image[i] = i;
    }
    assertThat(vector(image, 784)).isEqualTo(image);
    assertThat(vector(image, 768)).startsWith(8f).endsWith(775f);
    assertThat(vector(image, 800)[7]).isZero();
    assertThat(vector(image, 800)[9]).isEqualTo(1f);
    assertThat(vector(image, 800)[792]).isZero();
  }

  private static float[] vector(float[] image, int dimension) {
    try {
      return RecordPool.of(dimension, image, 1).unit(0).get(0).vectors().values().iterator().next();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
