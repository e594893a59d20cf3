package io.proximadb.index.flat;

import io.proximadb.storage.VectorRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Rows that are hard on bounds, and queries to go with them. */
final class HostileRows implements VectorRows {
  enum Kind {
    GAUSSIAN,
    FEW_DISTINCT,
    ALL_EQUAL,
    LARGE_OFFSET,
    TINY,
    HUGE,
    MIXED_LENGTHS,
    CLUSTERS,
    FEW_DIRECTIONS,
    VANISHING,
    NOT_FINITE,
    ZEROS_AMONG,
    INTEGERS
  }

  private final float[] vectors;
  private final int dimension;
  private final ByteBuffer bytes;

  HostileRows(float[] vectors, int dimension) {
    this.vectors = vectors;
    this.dimension = dimension;
    this.bytes = ByteBuffer.allocateDirect(vectors.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(vectors);
  }

  static HostileRows of(Kind kind, int count, int dimension, Random random) {
    float[] vectors = new float[count * dimension];
    float[] centres = new float[4 * dimension];
    for (int i = 0; i < centres.length; i++) {
      centres[i] = (float) random.nextGaussian();
    }
    for (int row = 0; row < count; row++) {
      double length = Math.pow(10, random.nextInt(37) - 18);
      double along = random.nextGaussian();
      int cluster = random.nextInt(4);
      for (int i = 0; i < dimension; i++) {
        double deviate = random.nextGaussian();
        double centre = centres[cluster * dimension + i];
        vectors[row * dimension + i] =
            (float)
                switch (kind) {
                  case GAUSSIAN -> deviate;
                  case FEW_DISTINCT -> centre;
                  case ALL_EQUAL -> centres[i];
                  case LARGE_OFFSET -> 1e6 + deviate;
                  case TINY -> deviate * 1e-21;
                  case HUGE -> deviate * 1e19;
                  case MIXED_LENGTHS -> deviate * length;
                  case CLUSTERS -> 10 * centre + 0.1 * deviate;
                  case FEW_DIRECTIONS -> along * centres[i] + (i < 3 ? deviate : 1e-4 * deviate);
                  case VANISHING -> deviate * Float.MIN_NORMAL;
                  case NOT_FINITE ->
                      row % 7 == 3 && i == row % dimension
                          ? (row % 2 == 0 ? Double.NaN : Double.NEGATIVE_INFINITY)
                          : deviate;
                  case ZEROS_AMONG -> row % 5 == 2 ? 0 : deviate;
                  case INTEGERS -> random.nextInt(3) - 1;
                };
      }
    }
    return new HostileRows(vectors, dimension);
  }

  /** A row, something near one, or something far from all; finite and not zero. */
  float[] query(Random random) {
    int row = random.nextInt(rowCount());
    float[] query = row(row);
    int kind = random.nextInt(6);
    double largest = 1e-37;
    for (float component : query) {
      largest = Float.isFinite(component) ? Math.max(largest, Math.abs(component)) : largest;
    }
    for (int i = 0; i < dimension; i++) {
      double component = Float.isFinite(query[i]) ? query[i] : 1;
      query[i] =
          (float)
              switch (kind) {
                case 0 -> component;
                case 1, 2 -> component + 0.1 * largest * random.nextGaussian();
                case 3 -> largest * random.nextGaussian();
                case 4 -> 1e3 * largest * random.nextGaussian();
                default -> random.nextGaussian();
              };
    }
    if (query[0] == 0) {
      query[0] = 1e-3f;
    }
    return query;
  }

  float[] row(int row) {
    return Arrays.copyOfRange(vectors, row * dimension, (row + 1) * dimension);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int rowCount() {
    return vectors.length / dimension;
  }

  @Override
  public void copy(int firstRow, int rows, float[] target, int targetOffset) {
    System.arraycopy(vectors, firstRow * dimension, target, targetOffset, rows * dimension);
  }

  @Override
  public int blockCount() {
    return 1;
  }

  @Override
  public int firstRow(int block) {
    return block == 0 ? 0 : rowCount();
  }

  @Override
  public ByteBuffer block(int block) {
    return bytes;
  }
}
