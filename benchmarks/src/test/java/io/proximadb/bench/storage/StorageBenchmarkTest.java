package io.proximadb.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FakeFashionMnist;
import io.proximadb.bench.Figure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageBenchmarkTest {
  private static final int IMAGES = 600;
  private static final int DIMENSION = 16;
  private static final int VECTORS = 500;
  private static final int QUERIES = 20;
  private static final long SEED = 11;

  @TempDir private Path folder;

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
    Path data = FakeFashionMnist.write(folder.resolve("data"), IMAGES, SEED);
    VectorSet words = VectorSet.synthetic(VECTORS, DIMENSION, 20, SEED);
    Files.write(data.resolve("words-angular-base.fvecs"), fvecs(words));
    Files.write(data.resolve("words-angular-query.fvecs"), fvecs(words.first(QUERIES)));
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
            "upsert.viper.share-of-maintained",
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
}
