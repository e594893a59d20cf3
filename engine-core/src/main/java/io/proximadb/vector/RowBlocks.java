package io.proximadb.vector;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** Brings rows of a buffer to the heap in blocks, for kernels that read arrays only. */
final class RowBlocks {
  /**
   * Floats of a block, unless one row is longer: 64 KiB stay in the second-level cache between the
   * copy and the kernel.
   */
  static final int BLOCK_FLOATS = 16 * 1_024;

  private RowBlocks() {}

  /** Takes {@code count} rows that lie at the start of {@code block}. */
  interface Consumer {
    void accept(float[] block, int firstRow, int count);
  }

  static void forEach(
      ByteBuffer rows, int byteOffset, int dimension, int count, Consumer consumer) {
    Objects.checkFromIndexSize(
        byteOffset, (long) count * dimension * Float.BYTES, (long) rows.limit());
    if (dimension == 0 || count == 0) {
      consumer.accept(new float[0], 0, count);
      return;
    }
    ByteBuffer source = rows.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    int blockRows = Math.min(count, Math.max(1, BLOCK_FLOATS / dimension));
    float[] block = new float[blockRows * dimension];
    for (int first = 0; first < count; first += blockRows) {
      int n = Math.min(blockRows, count - first);
      source.position(byteOffset + first * dimension * Float.BYTES);
      source.asFloatBuffer().get(block, 0, n * dimension);
      consumer.accept(block, first, n);
    }
  }
}
