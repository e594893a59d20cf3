package io.proximadb.bench.ann;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.bench.MissingDataException;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnnSetsTest {
  @TempDir Path folder;

  @Test
  void readsPairsOfFilesAndFindsTheNearest() throws IOException {
    fvecs("toy-base.fvecs", 2, 0, 0, 5, 5, 1, 0, 9, 0);
    fvecs("toy-query.fvecs", 2, 1, 1, 8, 0);
    fvecs("turn-angular-base.fvecs", 2, 3, 0, 0, 7);
    fvecs("turn-angular-query.fvecs", 2, 1, 9);

    List<AnnData> sets = AnnSets.read(List.of(folder), 100, 100, 2);

    AnnData toy = sets.get(0);
    assertThat(toy.name()).isEqualTo("toy");
    assertThat(toy.metric()).isEqualTo(Metric.EUCLIDEAN);
    assertThat(toy.truth()).containsExactly(2, 0, 3, 1);
    assertThat(toy.hits(1, new int[] {3, 2})).isEqualTo(1);
    AnnData turn = sets.get(1);
    assertThat(turn.metric()).isEqualTo(Metric.COSINE);
    assertThat(turn.base()).containsExactly(1, 0, 0, 1);
    assertThat(turn.truth()).containsExactly(1, 0);
  }

  @Test
  void writesWhatItReads() throws IOException {
    fvecs("toy-base.fvecs", 2, 0, 0, 5, 5, 1, 0, 9, 0);
    fvecs("toy-query.fvecs", 2, 1, 1, 8, 0);
    AnnData data = AnnSets.read(List.of(folder), 3, 1, 2).get(0);
    assertThat(data.rows()).isEqualTo(3);
    assertThat(data.queryCount()).isEqualTo(1);
    data.write(folder.resolve("written"));
    AnnData read = AnnData.read(folder.resolve("written"));
    assertThat(read.base()).isEqualTo(data.base());
    assertThat(read.queries()).isEqualTo(data.queries());
    assertThat(read.truth()).isEqualTo(data.truth());
    assertThat(read.metric()).isEqualTo(data.metric());
  }

  @Test
  void refusesWhatIsNoSet() throws IOException {
    assertThatThrownBy(() -> AnnSets.read(List.of(folder), 10, 10, 1))
        .isInstanceOf(MissingDataException.class)
        .hasMessageContaining("Cannot find vectors");
  }

  private void fvecs(String name, int dimension, float... values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate((values.length + values.length / dimension) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      if (i % dimension == 0) {
        bytes.putInt(dimension);
      }
      bytes.putFloat(values[i]);
    }
    Files.write(folder.resolve(name), bytes.array());
  }
}
