package io.proximadb.index.hnsw;

import io.proximadb.vector.quantize.BitQuantizer;
import io.proximadb.vector.quantize.BitQuery;
import io.proximadb.vector.quantize.Int8Parameters;

/** Rows of one to four bits for each direction. */
final class BitRows extends CodedRows {
  private final BitQuantizer quantizer;

  BitRows(BitQuantizer quantizer, int rows) {
    super(
        quantizer.metric(),
        quantizer.dimension(),
        rows,
        quantizer.rowBytes(),
        quantizer.readBytes());
    this.quantizer = quantizer;
  }

  @Override
  int codes() {
    return quantizer.codes();
  }

  @Override
  int bits() {
    return quantizer.bits();
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
    return new BitRows(quantizer, count);
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
    return new BitTarget();
  }

  private final class BitTarget implements Target {
    private final short[] values = new short[quantizer.values()];
    private float factor;
    private float shift;
    private int[] dots = new int[0];

    @Override
    public void aimAt(float[] vector) {
      BitQuery target = quantizer.coarseQuery(vector);
      System.arraycopy(target.values(), 0, values, 0, values.length);
      factor = target.factor();
      shift = target.shift();
    }

    @Override
    public void aimAt(int row) {
      int offset = offset(row);
      shift = quantizer.widen(bytes, offset, values);
      factor = quantizer.rowFactor(bytes, offset);
    }

    @Override
    public void scores(int[] offsets, int count, float[] scores) {
      if (count > dots.length) {
        dots = new int[Math.max(count, offsets.length)];
      }
      quantizer.dots(values, bytes, offsets, count, dots);
      for (int i = 0; i < count; i++) {
        int offset = offsets[i];
        scores[i] =
            quantizer.correction(bytes, offset)
                - factor * quantizer.scale(bytes, offset) * (dots[i] - shift);
      }
    }
  }
}
