package io.proximadb.vector;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The inner loops over float vectors. Stateless and safe for use by several threads.
 *
 * <p>Every implementation computes what {@code ScalarKernels} computes, within the rounding of
 * floats: the error of a sum of {@code n} terms is at most about {@code n * 2^-24} times the sum of
 * their absolute values. When a term or a partial sum leaves the range of a float, the result may
 * be infinite or NaN, but is never finite and wrong; {@link DistanceFunction} repairs that case.
 *
 * <p>The score of a row depends on its components alone, bit for bit: not on the kind of memory, on
 * its place in a batch or on whether it was asked for by itself. {@link #nearDotTile} alone is free
 * of that.
 *
 * <p>Methods on {@code Rows} take one query, all of the array, against {@code count} rows of the
 * same dimension that lie end to end. Rows in a {@link ByteBuffer} are little-endian whatever the
 * buffer's order says, and are found by absolute byte offset; the buffer's position is neither read
 * nor moved. Offsets and lengths out of bounds throw {@link IndexOutOfBoundsException}.
 */
public interface VectorKernels {
  /** A name for logs and benchmarks. */
  String name();

  /** The kernels over quantized vectors that go with these. */
  CodeKernels codes();

  /** The sum of {@code a[i] * b[i]}. */
  float dot(float[] a, int aOffset, float[] b, int bOffset, int length);

  /** The sum of {@code (a[i] - b[i])^2}. */
  float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length);

  /** The sum of {@code |a[i] - b[i]|}. */
  float l1(float[] a, int aOffset, float[] b, int bOffset, int length);

  /** The sum of the values: the least work that still reads every byte, a yardstick. */
  float sum(float[] values, int offset, int length);

  /** {@link #dot} of the query with each row. */
  void dotRows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset);

  /** {@link #squaredL2} of the query with each row. */
  void squaredL2Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset);

  /** {@link #l1} of the query with each row. */
  void l1Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset);

  /** {@link #dot} of the query with each row and of each row with itself, reading it once. */
  void dotAndSquaredNormRows(
      float[] query,
      float[] rows,
      int rowsOffset,
      int count,
      float[] dots,
      float[] squaredNorms,
      int scoresOffset);

  /**
   * {@link #dot} of several queries with each row: rows are read once for several queries.
   *
   * @param queries end to end, each as long as a row
   * @param scores filled from index 0, query by query: {@code count} for each
   */
  default void dotTile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    for (int pair = 0; pair < queryCount * count; pair++) {
      int query = queriesOffset + pair / count * dimension;
      int row = rowsOffset + pair % count * dimension;
      scores[pair] = dot(queries, query, rows, row, dimension);
    }
  }

  /**
   * {@link #dotTile} in any order of operations, the fastest there is: scores differ from those of
   * single pairs by the rounding of floats, and from one place of a row to the next.
   */
  default void nearDotTile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    dotTile(queries, queriesOffset, queryCount, dimension, rows, rowsOffset, count, scores);
  }

  /** {@link #squaredL2} of several queries with each row, see {@link #dotTile}. */
  default void squaredL2Tile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    for (int pair = 0; pair < queryCount * count; pair++) {
      int query = queriesOffset + pair / count * dimension;
      int row = rowsOffset + pair % count * dimension;
      scores[pair] = squaredL2(queries, query, rows, row, dimension);
    }
  }

  /** Rows of a block, see {@link #squaredL2Blocks}: the floats of the widest registers. */
  int BLOCK_ROWS = 16;

  /**
   * Squared L2 distances of a query to rows that lie in blocks of {@value #BLOCK_ROWS}, component
   * by component: component {@code i} of row {@code r} of a block is its float {@code i *
   * BLOCK_ROWS + r}. Many rows are compared at once without adding up a register for each. Sums
   * have an order of their own, so scores may differ from those of {@link #squaredL2} by rounding,
   * but not from one place of a row to the next.
   *
   * @param blocksOffset of the first block, in floats
   * @param scores filled from index 0: {@value #BLOCK_ROWS} for each block
   */
  default void squaredL2Blocks(
      float[] query, float[] blocks, int blocksOffset, int blockCount, float[] scores) {
    Objects.checkFromIndexSize(
        blocksOffset, (long) blockCount * BLOCK_ROWS * query.length, (long) blocks.length);
    Objects.checkFromIndexSize(0, (long) blockCount * BLOCK_ROWS, (long) scores.length);
    for (int row = 0; row < blockCount * BLOCK_ROWS; row++) {
      int at = blocksOffset + row / BLOCK_ROWS * BLOCK_ROWS * query.length + row % BLOCK_ROWS;
      double sum = 0;
      for (int i = 0; i < query.length; i++) {
        double difference = (double) query[i] - blocks[at + i * BLOCK_ROWS];
        sum += difference * difference;
      }
      scores[row] = (float) sum;
    }
  }

  /** {@link #l1} of several queries with each row, see {@link #dotTile}. */
  default void l1Tile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    for (int pair = 0; pair < queryCount * count; pair++) {
      int query = queriesOffset + pair / count * dimension;
      int row = rowsOffset + pair % count * dimension;
      scores[pair] = l1(queries, query, rows, row, dimension);
    }
  }

  /** {@link #sum(float[], int, int)} over the {@code length} floats from a byte offset. */
  default float sum(ByteBuffer values, int byteOffset, int length) {
    float[] total = new float[1];
    RowBlocks.forEach(
        values, byteOffset, 1, length, (block, first, count) -> total[0] += sum(block, 0, count));
    return total[0];
  }

  /** {@link #dotRows(float[], float[], int, int, float[], int)} on a buffer. */
  default void dotRows(
      float[] query, ByteBuffer rows, int byteOffset, int count, float[] scores, int scoresOffset) {
    RowBlocks.forEach(
        rows,
        byteOffset,
        query.length,
        count,
        (block, first, n) -> dotRows(query, block, 0, n, scores, scoresOffset + first));
  }

  /** {@link #squaredL2Rows(float[], float[], int, int, float[], int)} on a buffer. */
  default void squaredL2Rows(
      float[] query, ByteBuffer rows, int byteOffset, int count, float[] scores, int scoresOffset) {
    RowBlocks.forEach(
        rows,
        byteOffset,
        query.length,
        count,
        (block, first, n) -> squaredL2Rows(query, block, 0, n, scores, scoresOffset + first));
  }

  /** {@link #l1Rows(float[], float[], int, int, float[], int)} on a buffer. */
  default void l1Rows(
      float[] query, ByteBuffer rows, int byteOffset, int count, float[] scores, int scoresOffset) {
    RowBlocks.forEach(
        rows,
        byteOffset,
        query.length,
        count,
        (block, first, n) -> l1Rows(query, block, 0, n, scores, scoresOffset + first));
  }

  /** The fused kernel on a buffer. */
  default void dotAndSquaredNormRows(
      float[] query,
      ByteBuffer rows,
      int byteOffset,
      int count,
      float[] dots,
      float[] squaredNorms,
      int scoresOffset) {
    RowBlocks.forEach(
        rows,
        byteOffset,
        query.length,
        count,
        (block, first, n) ->
            dotAndSquaredNormRows(query, block, 0, n, dots, squaredNorms, scoresOffset + first));
  }
}
