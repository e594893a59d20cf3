package io.proximadb.vector;

import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Random;

/**
 * Prints the bandwidth of every kernel beside that of a plain sum over the same bytes. Run it by
 * hand: {@code KernelBandwidth [dimension] [rounds]}.
 */
final class KernelBandwidth {
  /** Floats of 60,000 x 784, far more than caches hold. */
  private static final int FLOATS = 60_000 * 784;

  /** Rows scored by one call, as a search does. */
  private static final int BLOCK_ROWS = 256;

  private static volatile double sink;

  private KernelBandwidth() {}

  /** Does {@code count} rows from {@code row}. */
  private interface Scan {
    void run(int row, int count);
  }

  public static void main(String[] arguments) throws IOException {
    int dimension = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 784;
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 15;
    int rows = FLOATS / dimension;
    float[] heap = new float[rows * dimension];
    Random random = new Random(1);
    for (int i = 0; i < heap.length; i++) {
      heap[i] = random.nextFloat() + 0.01f;
    }
    Path file = Files.createTempFile("bandwidth", ".f32");
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE)) {
      MappedByteBuffer target =
          channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) heap.length * Float.BYTES);
      target.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(heap);
      ByteBuffer mapped =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, (long) heap.length * Float.BYTES);
      for (VectorKernels kernels : Kernels.all()) {
        measure(kernels, dimension, rounds, heap, mapped);
      }
    }
  }

  private static void measure(
      VectorKernels kernels, int dimension, int rounds, float[] heap, ByteBuffer mapped) {
    System.out.printf("%s, dimension %d%n", kernels.name(), dimension);
    double heapFloor =
        best(
            heap.length / dimension,
            dimension,
            rounds,
            (row, n) -> sink = kernels.sum(heap, row * dimension, n * dimension));
    double mappedFloor =
        best(
            heap.length / dimension,
            dimension,
            rounds,
            (row, n) -> sink = kernels.sum(mapped, row * dimension * Float.BYTES, n * dimension));
    System.out.printf(
        "  %-10s heap %5.1f GB/s         mapped %5.1f GB/s%n", "sum", heapFloor, mappedFloor);
    float[] query = java.util.Arrays.copyOf(heap, dimension);
    double[] scores = new double[BLOCK_ROWS];
    for (Metric metric : Metric.values()) {
      DistanceFunction function = DistanceFunction.of(metric, query, kernels);
      double onHeap =
          best(
              heap.length / dimension,
              dimension,
              rounds,
              (row, n) -> function.scores(heap, row * dimension, n, scores));
      double onMap =
          best(
              heap.length / dimension,
              dimension,
              rounds,
              (row, n) -> function.scores(mapped, row * dimension * Float.BYTES, n, scores));
      System.out.printf(
          Locale.ROOT,
          "  %-10s heap %5.1f GB/s (%3.0f %%)  mapped %5.1f GB/s (%3.0f %%)%n",
          metric,
          onHeap,
          100 * onHeap / heapFloor,
          onMap,
          100 * onMap / mappedFloor);
    }
  }

  private static double best(int rows, int dimension, int rounds, Scan scan) {
    double best = 0;
    for (int round = 0; round < rounds; round++) {
      long start = System.nanoTime();
      for (int row = 0; row < rows; row += BLOCK_ROWS) {
        scan.run(row, Math.min(BLOCK_ROWS, rows - row));
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      best = Math.max(best, (double) rows * dimension * Float.BYTES / seconds / 1e9);
    }
    return best;
  }
}
