package io.proximadb.bench.kernel;

import io.proximadb.vector.CodeKernels;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;

/** The kernels that are measured. All of them compare {@link #PAIRS} pairs in one go. */
enum Kernel {
  /** One query, rows in an array. */
  SQUARED_L2_ROWS {
    @Override
    Runnable work(int dimension) {
      float[] query = floats(dimension);
      float[] rows = floats(PAIRS * dimension);
      float[] scores = new float[PAIRS];
      return () -> KERNELS.squaredL2Rows(query, rows, 0, PAIRS, scores, 0);
    }
  },
  /** One query, rows outside the heap. */
  SQUARED_L2_MAPPED {
    @Override
    Runnable work(int dimension) {
      return mapped(dimension, KERNELS::squaredL2Rows);
    }
  },
  /** One query, rows outside the heap. */
  DOT_MAPPED {
    @Override
    Runnable work(int dimension) {
      return mapped(dimension, KERNELS::dotRows);
    }
  },
  /** One query, rows outside the heap: the dot product and the row's length, for cosine. */
  COSINE_MAPPED {
    @Override
    Runnable work(int dimension) {
      float[] query = floats(dimension);
      ByteBuffer rows = direct(floats(PAIRS * dimension));
      float[] scores = new float[PAIRS];
      float[] norms = new float[PAIRS];
      return () -> KERNELS.dotAndSquaredNormRows(query, rows, 0, PAIRS, scores, norms, 0);
    }
  },
  /** One query, rows outside the heap. */
  L1_MAPPED {
    @Override
    Runnable work(int dimension) {
      return mapped(dimension, KERNELS::l1Rows);
    }
  },
  /** Sixteen queries, rows in an array. */
  SQUARED_L2_TILE {
    @Override
    Runnable work(int dimension) {
      return tile(dimension, KERNELS::squaredL2Tile);
    }
  },
  /** Sixteen queries, rows in an array, in any order of operations. */
  NEAR_DOT_TILE {
    @Override
    Runnable work(int dimension) {
      return tile(dimension, KERNELS::nearDotTile);
    }
  },
  /** One query, rows in blocks of a lane each. */
  SQUARED_L2_BLOCKS {
    @Override
    Runnable work(int dimension) {
      float[] query = floats(dimension);
      float[] blocks = floats(PAIRS * dimension);
      float[] scores = new float[PAIRS];
      return () ->
          KERNELS.squaredL2Blocks(query, blocks, 0, PAIRS / VectorKernels.BLOCK_ROWS, scores);
    }
  },
  /** One query of int8, rows that lie anywhere. */
  INT8_DOT_GATHERED {
    @Override
    Runnable work(int dimension) {
      int[] query = new int[dimension];
      CODES.widen(bytes(dimension), 0, query);
      byte[] rows = bytes(PAIRS * dimension);
      int[] offsets = places(place -> place * dimension);
      int[] dots = new int[PAIRS];
      return () -> CODES.dotGathered(query, rows, offsets, PAIRS, dots);
    }
  },
  /** One query of int8, rows in blocks of columns. */
  INT8_DOT_COLUMNS {
    @Override
    Runnable work(int dimension) {
      int[] query = new int[dimension];
      CODES.widen(bytes(dimension), 0, query);
      byte[] blocks = bytes(PAIRS * dimension);
      int[] dots = new int[PAIRS];
      return () -> CODES.dotColumns(query, blocks, 0, PAIRS / CodeKernels.BLOCK_ROWS, dots);
    }
  },
  /** One query, rows of codes of four bits that lie anywhere. */
  FOUR_BITS_DOT_GATHERED {
    @Override
    Runnable work(int dimension) {
      int shorts = padded(dimension, Short.SIZE / 4) / (Short.SIZE / 4);
      short[] query = shorts(padded(shorts, CodeKernels.PACKED_SHORTS) * (Short.SIZE / 4));
      int rowBytes = shorts * Short.BYTES;
      byte[] rows = bytes((PAIRS + 1) * rowBytes + Short.BYTES * CodeKernels.PACKED_SHORTS);
      int[] offsets = places(place -> place * rowBytes);
      int[] dots = new int[PAIRS];
      return () -> CODES.packedDotGathered(query, 4, rows, offsets, PAIRS, dots);
    }
  },
  /** A query of four bits in planes, rows of one bit that lie anywhere. */
  ONE_BIT_DOT_GATHERED {
    @Override
    Runnable work(int dimension) {
      int words = padded(dimension, Long.SIZE) / Long.SIZE;
      long[] planes = longs(4 * words);
      long[] rows = longs(PAIRS * words);
      int[] offsets = places(place -> place * words);
      int[] sums = new int[PAIRS];
      return () -> CODES.slicedDotGathered(planes, 4, rows, offsets, PAIRS, sums);
    }
  },
  /** One query of bits, rows end to end. */
  HAMMING {
    @Override
    Runnable work(int dimension) {
      int words = padded(dimension, Long.SIZE) / Long.SIZE;
      long[] query = longs(words);
      long[] rows = longs(PAIRS * words);
      int[] counts = new int[PAIRS];
      return () -> {
        for (int row = 0; row < PAIRS; row++) {
          counts[row] = CODES.hamming(query, 0, rows, row * words, words);
        }
      };
    }
  };

  /** Pairs of one invocation: rows of 784 floats are 3 MB, as large as a second-level cache. */
  static final int PAIRS = 1_024;

  /** Of a tile. */
  private static final int QUERIES = 16;

  private static final long SEED = 7;
  private static final VectorKernels KERNELS = Kernels.best();
  private static final CodeKernels CODES = KERNELS.codes();

  /** What is measured, on data that was made for it. */
  abstract Runnable work(int dimension);

  /** The name of a figure. */
  String figure() {
    return "kernel." + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A kernel that compares a query with rows of a buffer. */
  private interface MappedRows {
    void score(float[] query, ByteBuffer rows, int offset, int count, float[] scores, int at);
  }

  private static Runnable mapped(int dimension, MappedRows kernel) {
    float[] query = floats(dimension);
    ByteBuffer rows = direct(floats(PAIRS * dimension));
    float[] scores = new float[PAIRS];
    return () -> kernel.score(query, rows, 0, PAIRS, scores, 0);
  }

  /** A kernel that compares several queries with rows. */
  private interface Tile {
    void score(
        float[] queries,
        int from,
        int queryCount,
        int dimension,
        float[] rows,
        int firstRow,
        int count,
        float[] scores);
  }

  private static Runnable tile(int dimension, Tile kernel) {
    float[] queries = floats(QUERIES * dimension);
    float[] rows = floats(PAIRS / QUERIES * dimension);
    float[] scores = new float[PAIRS];
    return () -> kernel.score(queries, 0, QUERIES, dimension, rows, 0, PAIRS / QUERIES, scores);
  }

  private static int padded(int count, int step) {
    return (count + step - 1) / step * step;
  }

  private static float[] floats(int count) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private static ByteBuffer direct(float[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  private static byte[] bytes(int count) {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] values = new byte[count];
    for (int i = 0; i < count; i++) {
      values[i] = (byte) random.nextInt(-127, 128);
    }
    return values;
  }

  private static short[] shorts(int count) {
    SplittableRandom random = new SplittableRandom(SEED);
    short[] values = new short[count];
    for (int i = 0; i < count; i++) {
      values[i] = (short) random.nextInt(-127, 128);
    }
    return values;
  }

  private static long[] longs(int count) {
    return new SplittableRandom(SEED).longs(count).toArray();
  }

  /** Where rows begin, in an order that no prefetcher guesses. */
  private static int[] places(IntUnaryOperator start) {
    int[] places = new int[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
      // An odd factor visits each place once.
      places[i] = start.applyAsInt(i * 397 % PAIRS);
    }
    return places;
  }
}
