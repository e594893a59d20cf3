package io.proximadb.storage.lsm;

import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.testkit.RandomCollections;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Measures the layout: {@code LsmHarness <folder> [rows] [dimension]}. Not a test, for the figures
 * depend on the machine; run it alone.
 */
public final class LsmHarness {
  private static final int DRAWS = 200_000;
  private static final List<String> COLUMNS =
      List.of("id", "category", "price", "expires_at", "_version", "_updated_at", "vector");

  private LsmHarness() {}

  public static void main(String[] arguments) {
    int rows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 100_000;
    int dimension = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 128;
    TableContext table =
        RandomCollections.table(
            CollectionSchema.builder()
                .vector(dimension, Metric.EUCLIDEAN)
                .metadata("category", Scalar.STRING)
                .metadata("price", Scalar.LONG)
                .build(),
            arguments[0],
            new LocalFileIO());
    StagedSegment segment = write(table, rows, dimension);
    long size = segment.dataFile().fileSizeInBytes();
    print("%d bytes, %.2f %% over raw floats", size, 100.0 * size / (4.0 * rows * dimension) - 100);
    try (SegmentReader reader = LsmReader.open(table, segment.dataFile())) {
      measure(reader, rows, dimension);
      measure(reader, rows, dimension);
    } finally {
      Staging.discard(table.io(), segment);
    }
  }

  private static void measure(SegmentReader reader, int rows, int dimension) {
    time("id that is there", rows, row -> check(reader.find(id(row)) >= 0));
    time("id that is not", rows, row -> check(reader.find("no" + row) < 0));
    time(
        "find and whole row",
        rows,
        row -> {
          int[] position = {reader.find(id(row))};
          check(reader.rows(position, COLUMNS).rowCount() == 1);
        });
    VectorRows vectors = reader.vectors("vector");
    float[] target = new float[dimension];
    time("vector of a random row", rows, row -> vectors.copy(row, 1, target, 0));
    long start = System.nanoTime();
    long bytes = 0;
    for (int block = 0; block < vectors.blockCount(); block++) {
      bytes += vectors.block(block).remaining();
    }
    print("all vectors in runs %.2f GB/s", (double) bytes / (System.nanoTime() - start));
  }

  private static StagedSegment write(TableContext table, int rows, int dimension) {
    Random random = new Random(1);
    long start = System.nanoTime();
    try (SegmentWriter writer =
        new LsmFormat(new LsmSizes(LsmSizes.STANDARD.blockBytes(), 512 << 20, 1L << 30))
            .newWriter(table, "harness")) {
      for (int i = 0; i < rows; i++) {
        writer.append(
            new Row(
                id(i),
                new float[][] {RandomCollections.vector(dimension, random)},
                new Object[] {"category " + i % 10, (long) i},
                Row.NO_EXPIRY,
                i,
                i));
      }
      StagedSegment segment = writer.finish().get(0);
      print("written at %.0f rows/s, synced", rows * 1e9 / (System.nanoTime() - start));
      Staging.promote(table.io(), segment);
      return segment;
    }
  }

  /** Ids in another order than rows arrive. */
  private static String id(int row) {
    return "record-" + Integer.toHexString(Integer.reverse(row));
  }

  private static void time(String what, int rows, IntConsumer draw) {
    Random random = new Random(2);
    long[] nanos = new long[DRAWS];
    for (int i = 0; i < DRAWS; i++) {
      int row = random.nextInt(rows);
      long start = System.nanoTime();
      draw.accept(row);
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    print("%s: p50 %d ns, p99 %d ns", what, nanos[DRAWS / 2], nanos[DRAWS * 99 / 100]);
  }

  private static void check(boolean right) {
    if (!right) {
      throw new AssertionError("A wrong answer");
    }
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
