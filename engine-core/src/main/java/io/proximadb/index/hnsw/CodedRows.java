package io.proximadb.index.hnsw;

import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.quantize.Int8Quantizer;
import java.util.Locale;

/** The codes of all rows in one array, row after row. */
final class CodedRows {
  /**
   * Bytes before the first row. Elements of a large array begin 16 bytes after a multiple of 64 on
   * the collectors that keep large objects by themselves, so that rows of 64 bytes fill whole cache
   * lines from here on.
   */
  static final int FIRST_ROW = 48;

  private static final CodeKernels KERNELS = Kernels.best().codes();

  final Int8Quantizer quantizer;
  final byte[] bytes;
  final int rowBytes;
  private final int rows;

  CodedRows(Int8Quantizer quantizer, int rows) {
    this.quantizer = quantizer;
    this.rowBytes = quantizer.rowBytes();
    this.rows = rows;
    long size = FIRST_ROW + (long) rows * rowBytes;
    if (size > Integer.MAX_VALUE - 64) {
      throw new ResourceExhaustedException(
          String.format(
                  Locale.ROOT,
                  "Cannot index %d rows of %d bytes in one graph (expected at most 2 GiB of codes):"
                      + " index",
                  rows,
                  rowBytes)
              + " smaller files, or fewer directions");
    }
    this.bytes = new byte[(int) size];
  }

  int rows() {
    return rows;
  }

  int offset(int row) {
    return FIRST_ROW + row * rowBytes;
  }

  float correction(int offset) {
    return quantizer.correction(bytes, offset);
  }

  /** The codes of a row as a query, the footer as zeros. */
  void widen(int row, int[] wide) {
    KERNELS.widen(bytes, offset(row), wide);
    for (int i = quantizer.codes(); i < wide.length; i++) {
      wide[i] = 0;
    }
  }

  void dots(int[] query, int[] offsets, int count, int[] dots) {
    KERNELS.dotGathered(query, bytes, offsets, count, dots);
  }
}
