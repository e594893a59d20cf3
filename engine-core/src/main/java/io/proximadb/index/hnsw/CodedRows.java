package io.proximadb.index.hnsw;

import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.model.Metric;
import io.proximadb.vector.quantize.BitQuantizer;
import io.proximadb.vector.quantize.Int8Parameters;
import io.proximadb.vector.quantize.Int8Quantizer;
import java.util.Locale;

/** The codes of all rows in one array, row after row, and how rows are compared by them. */
abstract class CodedRows {
  /**
   * Bytes before the first row. Elements of a large array begin 16 bytes after a multiple of 64 on
   * the collectors that keep large objects by themselves, so that rows of 64 bytes fill whole cache
   * lines from here on.
   */
  static final int FIRST_ROW = 48;

  /** Bits of a code that is a byte. */
  static final int INT8_BITS = 8;

  final byte[] bytes;
  final int rowBytes;
  final Metric metric;
  final int dimension;
  private final int rows;

  /**
   * Rows without codes.
   *
   * @param readBytes that are read from where a row begins, at least {@code rowBytes}
   */
  CodedRows(Metric metric, int dimension, int rows, int rowBytes, int readBytes) {
    this.metric = metric;
    this.dimension = dimension;
    this.rowBytes = rowBytes;
    this.rows = rows;
    long size = FIRST_ROW + (long) rows * rowBytes + (readBytes - rowBytes);
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

  /**
   * Rows without codes, by what a training found.
   *
   * @param bits of a code, 1 to 4 or 8
   */
  static CodedRows of(Int8Parameters parameters, int bits, int rows) {
    return bits == INT8_BITS
        ? new Int8Rows(new Int8Quantizer(parameters), rows)
        : new BitRows(new BitQuantizer(parameters, bits), rows);
  }

  /** Bytes of a coded row. */
  static int rowBytes(int codes, int bits) {
    return bits == INT8_BITS ? Int8Quantizer.rowBytes(codes) : BitQuantizer.rowBytes(codes, bits);
  }

  final int rows() {
    return rows;
  }

  final int offset(int row) {
    return FIRST_ROW + row * rowBytes;
  }

  /** Bytes of all rows. */
  final int codedBytes() {
    return rows * rowBytes;
  }

  /** Bytes on the heap. */
  final long memoryBytes() {
    return bytes.length + quantizerBytes();
  }

  /** Directions that a row is coded by. */
  abstract int codes();

  /** Bits of a code. */
  abstract int bits();

  /** What the codes were made by. */
  abstract Int8Parameters parameters();

  abstract long quantizerBytes();

  /** As many rows as wanted that are coded in the same way, without codes. */
  abstract CodedRows alike(int count);

  /** Codes a row that begins somewhere in an array. */
  abstract void encode(float[] vectors, int at, int row);

  /** What a row adds to the estimates of its distances. */
  abstract float correction(int offset);

  /** What rows are compared with; one for each thread. */
  abstract Target newTarget();

  /** A query or a row that other rows are compared with. */
  interface Target {
    /** Rows are compared with a query from now on. */
    void aimAt(float[] query);

    /** Rows are compared with a row from now on. */
    void aimAt(int row);

    /**
     * Estimates less what all of the target have in common, for a row that is its correction.
     *
     * @param offsets of the first {@code count} rows
     * @param scores filled from index 0
     */
    void scores(int[] offsets, int count, float[] scores);
  }
}
