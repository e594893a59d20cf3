package io.proximadb.index.hnsw;

import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.quantize.Int8Parameters;
import io.proximadb.vector.quantize.Int8Quantizer;
import io.proximadb.vector.quantize.Int8Query;
import java.util.Arrays;

/** Rows of eight bits for each direction. */
final class Int8Rows extends CodedRows {
  private static final CodeKernels KERNELS = Kernels.best().codes();

  private final Int8Quantizer quantizer;

  Int8Rows(Int8Quantizer quantizer, int rows) {
    super(
        quantizer.metric(),
        quantizer.dimension(),
        rows,
        quantizer.rowBytes(),
        quantizer.rowBytes());
    this.quantizer = quantizer;
  }

  @Override
  int codes() {
    return quantizer.codes();
  }

  @Override
  int bits() {
    return INT8_BITS;
  }

  @Override
  Int8Parameters parameters() {
    return quantizer.parameters();
  }

  @Override
  long quantizerBytes() {
    return quantizer.memoryBytes();
  }

  @Override
  CodedRows alike(int count) {
    return new Int8Rows(quantizer, count);
  }

  @Override
  void encode(float[] vectors, int at, int row) {
    quantizer.encode(vectors, at, bytes, offset(row));
  }

  @Override
  float correction(int offset) {
    return quantizer.correction(bytes, offset);
  }

  @Override
  Target newTarget() {
    return new Int8Target();
  }

  private final class Int8Target implements Target {
    private final int[] query = new int[rowBytes];
    private float factor;
    private int[] dots = new int[0];

    @Override
    public void aimAt(float[] vector) {
      Int8Query target = quantizer.coarseQuery(vector);
      System.arraycopy(target.codes(), 0, query, 0, query.length);
      factor = target.factor();
    }

    @Override
    public void aimAt(int row) {
      KERNELS.widen(bytes, offset(row), query);
      // The footer is no code.
      Arrays.fill(query, quantizer.codes(), query.length, 0);
      factor = quantizer.rowFactor();
    }

    @Override
    public void scores(int[] offsets, int count, float[] scores) {
      if (count > dots.length) {
        dots = new int[Math.max(count, offsets.length)];
      }
      KERNELS.dotGathered(query, bytes, offsets, count, dots);
      for (int i = 0; i < count; i++) {
        scores[i] = quantizer.correction(bytes, offsets[i]) - factor * dots[i];
      }
    }
  }
}
