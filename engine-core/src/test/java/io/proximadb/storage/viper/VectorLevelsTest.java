package io.proximadb.storage.viper;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridEncoder;
import org.junit.jupiter.api.Test;

class VectorLevelsTest {
  @Test
  void levelsAreThoseThatTheEncoderMakesOfAllValues() throws Exception {
    int[] dimensions = {1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 100, 128, 129, 384};
    for (int dimension : dimensions) {
      VectorPages.Levels levels = new VectorPages.Levels(dimension);
      for (int rows : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 130, 513}) {
        String what = rows + " rows of " + dimension;
        assertThat(levels.repetition(rows)).as(what).isEqualTo(encoded(dimension, rows, 0));
        assertThat(levels.definition(rows)).as(what).isEqualTo(encoded(dimension, rows, 1));
      }
    }
  }

  private static byte[] encoded(int dimension, int rows, int first) throws Exception {
    try (RunLengthBitPackingHybridEncoder encoder =
        new RunLengthBitPackingHybridEncoder(1, 64, 1 << 20, new HeapByteBufferAllocator())) {
      for (int value = 0; value < rows * dimension; value++) {
        encoder.writeInt(value % dimension == 0 ? first : 1);
      }
      return ChunkPages.bytesOf(encoder.toBytes());
    }
  }
}
