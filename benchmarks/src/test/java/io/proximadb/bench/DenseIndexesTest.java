package io.proximadb.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DenseIndexesTest {
  @Test
  void aTypeAndItsSettingsAreRead() {
    assertThat(DenseIndexes.parse("flat").settings()).isEmpty();
    assertThat(DenseIndexes.parse("hnsw, degree=24,bits=4").settings())
        .isEqualTo(Map.of("bits", "4", "degree", "24"));
    assertThat(DenseIndexes.text(DenseIndexes.parse("hnsw,degree=24,bits=4")))
        .isEqualTo("hnsw,bits=4,degree=24");
  }

  @Test
  void whatIsNoIndexOfDenseVectorsIsRefused() {
    for (String wrong : new String[] {"", "btree", "attribute", "hnsw,bits", "ivf,lists=x"}) {
      assertThatThrownBy(() -> DenseIndexes.parse(wrong))
          .as(wrong)
          .isInstanceOf(InvalidArgumentException.class);
    }
  }
}
