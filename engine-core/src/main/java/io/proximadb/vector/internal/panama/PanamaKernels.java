package io.proximadb.vector.internal.panama;

import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.VectorKernels;
import java.util.Objects;

/** SIMD kernels over arrays; rows in buffers are copied to the heap in blocks first. */
class PanamaKernels implements VectorKernels {
  private final CodeKernels codes =
      ArrayLoops.SPECIES.vectorBitSize() >= PanamaCodeKernels.MIN_BITS
          ? new PanamaCodeKernels()
          : CodeKernels.scalar();

  @Override
  public CodeKernels codes() {
    return codes;
  }

  @Override
  public String name() {
    return "simd-" + ArrayLoops.SPECIES.vectorBitSize() + "-copy";
  }

  @Override
  public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
    checkPair(a, aOffset, b, bOffset, length);
    return ArrayLoops.dot(a, aOffset, b, bOffset, length);
  }

  @Override
  public float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length) {
    checkPair(a, aOffset, b, bOffset, length);
    return ArrayLoops.squaredL2(a, aOffset, b, bOffset, length);
  }

  @Override
  public float l1(float[] a, int aOffset, float[] b, int bOffset, int length) {
    checkPair(a, aOffset, b, bOffset, length);
    return ArrayLoops.l1(a, aOffset, b, bOffset, length);
  }

  @Override
  public float sum(float[] values, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, values.length);
    return ArrayLoops.sum(values, offset, length);
  }

  @Override
  public void dotRows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    checkRows(query, rows, rowsOffset, count, scores, scoresOffset);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          ArrayLoops.dot(query, 0, rows, rowsOffset + row * dimension, dimension);
    }
  }

  @Override
  public void squaredL2Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    checkRows(query, rows, rowsOffset, count, scores, scoresOffset);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          ArrayLoops.squaredL2(query, 0, rows, rowsOffset + row * dimension, dimension);
    }
  }

  @Override
  public void l1Rows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    checkRows(query, rows, rowsOffset, count, scores, scoresOffset);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      scores[scoresOffset + row] =
          ArrayLoops.l1(query, 0, rows, rowsOffset + row * dimension, dimension);
    }
  }

  @Override
  public void dotAndSquaredNormRows(
      float[] query,
      float[] rows,
      int rowsOffset,
      int count,
      float[] dots,
      float[] squaredNorms,
      int scoresOffset) {
    checkRows(query, rows, rowsOffset, count, dots, scoresOffset);
    Objects.checkFromIndexSize(scoresOffset, count, squaredNorms.length);
    int dimension = query.length;
    for (int row = 0; row < count; row++) {
      ArrayLoops.dotAndSquaredNorm(
          query, rows, rowsOffset + row * dimension, dots, squaredNorms, scoresOffset + row);
    }
  }

  @Override
  public void dotTile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    tiles(false, queries, queriesOffset, queryCount, dimension, rows, rowsOffset, count, scores);
  }

  @Override
  public void squaredL2Tile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    tiles(true, queries, queriesOffset, queryCount, dimension, rows, rowsOffset, count, scores);
  }

  @Override
  public void nearDotTile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    checkTile(queries, queriesOffset, queryCount, dimension, rows, rowsOffset, count, scores);
    float[] sums = new float[NearLoops.SUMS];
    int fullQueries = queryCount - queryCount % NearLoops.QUERIES;
    int fullRows = count - count % NearLoops.ROWS;
    for (int q = 0; q < fullQueries; q += NearLoops.QUERIES) {
      int query = queriesOffset + q * dimension;
      for (int r = 0; r < fullRows; r += NearLoops.ROWS) {
        int row = rowsOffset + r * dimension;
        NearLoops.dot(queries, query, dimension, rows, row, sums);
        NearLoops.totals(queries, query, dimension, rows, row, sums, scores, q * count + r, count);
      }
    }
    for (int q = 0; q < queryCount; q++) {
      int query = queriesOffset + q * dimension;
      for (int r = q < fullQueries ? fullRows : 0; r < count; r++) {
        scores[q * count + r] =
            ArrayLoops.dot(queries, query, rows, rowsOffset + r * dimension, dimension);
      }
    }
  }

  @Override
  public void squaredL2Blocks(
      float[] query, float[] blocks, int blocksOffset, int blockCount, float[] scores) {
    int dimension = query.length;
    Objects.checkFromIndexSize(
        blocksOffset, (long) blockCount * BLOCK_ROWS * dimension, (long) blocks.length);
    Objects.checkFromIndexSize(0, (long) blockCount * BLOCK_ROWS, (long) scores.length);
    int registers = blockCount * BlockLoops.REGISTERS;
    int register = 0;
    for (; register + 1 < registers; register += 2) {
      BlockLoops.squaredL2(
          query,
          blocks,
          BlockLoops.start(blocksOffset, dimension, register),
          BlockLoops.start(blocksOffset, dimension, register + 1),
          scores,
          register * ArrayLoops.LANES);
    }
    if (register < registers) {
      BlockLoops.squaredL2(
          query,
          blocks,
          BlockLoops.start(blocksOffset, dimension, register),
          scores,
          register * ArrayLoops.LANES);
    }
  }

  private static void tiles(
      boolean squares,
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    checkTile(queries, queriesOffset, queryCount, dimension, rows, rowsOffset, count, scores);
    float[] sums = new float[TileLoops.SUMS];
    int fullQueries = queryCount - queryCount % TileLoops.QUERIES;
    int fullRows = count - count % TileLoops.ROWS;
    for (int q = 0; q < fullQueries; q += TileLoops.QUERIES) {
      int query = queriesOffset + q * dimension;
      for (int r = 0; r < fullRows; r += TileLoops.ROWS) {
        int row = rowsOffset + r * dimension;
        int at = q * count + r;
        if (squares) {
          TileLoops.squaredL2(queries, query, dimension, rows, row, sums);
          TileLoops.squaredL2Totals(queries, query, dimension, rows, row, sums, scores, at, count);
        } else {
          TileLoops.dot(queries, query, dimension, rows, row, sums);
          TileLoops.dotTotals(queries, query, dimension, rows, row, sums, scores, at, count);
        }
      }
    }
    for (int q = 0; q < queryCount; q++) {
      int query = queriesOffset + q * dimension;
      for (int r = q < fullQueries ? fullRows : 0; r < count; r++) {
        int row = rowsOffset + r * dimension;
        scores[q * count + r] =
            squares
                ? ArrayLoops.squaredL2(queries, query, rows, row, dimension)
                : ArrayLoops.dot(queries, query, rows, row, dimension);
      }
    }
  }

  private static void checkTile(
      float[] queries,
      int queriesOffset,
      int queryCount,
      int dimension,
      float[] rows,
      int rowsOffset,
      int count,
      float[] scores) {
    Objects.checkFromIndexSize(queriesOffset, (long) queryCount * dimension, (long) queries.length);
    Objects.checkFromIndexSize(rowsOffset, (long) count * dimension, (long) rows.length);
    Objects.checkFromIndexSize(0, (long) queryCount * count, (long) scores.length);
  }

  private static void checkPair(float[] a, int aOffset, float[] b, int bOffset, int length) {
    Objects.checkFromIndexSize(aOffset, length, a.length);
    Objects.checkFromIndexSize(bOffset, length, b.length);
  }

  private static void checkRows(
      float[] query, float[] rows, int rowsOffset, int count, float[] scores, int scoresOffset) {
    Objects.checkFromIndexSize(rowsOffset, (long) count * query.length, (long) rows.length);
    Objects.checkFromIndexSize(scoresOffset, count, scores.length);
  }
}
