package io.proximadb.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.Figure;
import io.proximadb.model.Metric;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageBenchmarkTest {
  private static final int IMAGES = 600;
  private static final int DIMENSION = 16;
  private static final int VECTORS = 500;
  private static final long SEED = 11;

  @TempDir private Path folder;

  private Path data() throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    byte[] pixels = new byte[IMAGES * FashionMnist.DIMENSION];
    new Random(SEED).nextBytes(pixels);
    try (DataOutputStream out =
        new DataOutputStream(
            new GZIPOutputStream(
                Files.newOutputStream(data.resolve("train-images-idx3-ubyte.gz"))))) {
      out.writeInt(0x803);
      out.writeInt(IMAGES);
      out.writeInt(28);
      out.writeInt(28);
      out.write(pixels);
    }
    return data;
  }

  private static byte[] fvecs(VectorSet set) {
    ByteBuffer bytes =
        ByteBuffer.allocate(set.count() * (1 + set.dimension()) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < set.count(); i++) {
      bytes.putInt(set.dimension());
      for (float value : set.row(i)) {
        bytes.putFloat(value);
      }
    }
    return bytes.array();
  }

  @Test
  void shortFormGivesAllFigures() throws IOException {
    Path data = data();
    Files.write(
        data.resolve("words-angular.fvecs"),
        fvecs(VectorSet.synthetic(VECTORS, DIMENSION, 20, SEED)));
    Path scratch = Files.createDirectories(folder.resolve("scratch"));

    List<Figure> figures =
        new StorageBenchmark()
            .run(
                new BenchmarkContext(
                    List.of(data), scratch, BenchmarkContext.Form.SHORT, null, said -> {}));

    assertThat(figures)
        .allSatisfy(figure -> assertThat(figure.value()).as(figure.name()).isFinite());
    assertThat(figures.stream().map(Figure::name))
        .contains(
            "overhead.fashion-mnist",
            "overhead.made-up",
            "cold-size.fashion-mnist.ratio",
            "cold-size.made-up.ratio",
            "get.memtable",
            "get.viper",
            "get.lsm.ratio",
            "upsert.viper.share",
            "upsert.viper.unflushed",
            "write-amplification.viper",
            "upsert.lsm.share",
            "write-amplification.lsm",
            "reader.get.growth",
            "reader.exact-search.growth",
            "drift.recall-per-byte",
            "cold-search.fashion-mnist.recall",
            "cold-search.fashion-mnist.read",
            "cold-search.fashion-mnist.requests",
            "cold-search.words-angular.requests");
    assertThat(figures.stream().filter(figure -> figure.name().equals("get.lsm"))).hasSize(2);
  }

  @Test
  void fvecsFilesAreReadAndChecked() throws IOException {
    VectorSet set = VectorSet.synthetic(7, 3, 2, SEED);
    Files.write(folder.resolve("words-angular.fvecs"), fvecs(set));
    Files.write(folder.resolve("images.fvecs"), fvecs(set));

    List<VectorSet> read = FvecsFiles.read(List.of(folder, folder.resolve("none")), 5);
    assertThat(read.stream().map(VectorSet::name)).containsExactly("images", "words-angular");
    assertThat(read.stream().map(VectorSet::metric))
        .containsExactly(Metric.EUCLIDEAN, Metric.COSINE);
    assertThat(read.get(0).values()).isEqualTo(set.part(0, 5).values());

    Files.write(folder.resolve("images.fvecs"), new byte[17]);
    assertThatThrownBy(() -> FvecsFiles.read(List.of(folder), 5))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("17 bytes, first dimension 0")
        .hasMessageContaining("images.fvecs");
  }
}
