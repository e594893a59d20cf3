package io.proximadb.storage.viper;

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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;

/**
 * Measures the layout: {@code ViperHarness <folder> [rows] [dimension]}. Not a test, for the
 * figures depend on the machine; run it alone.
 */
public final class ViperHarness {
  private static final int REPEATS = 5;
  private static final int DRAWS = 200_000;
  private static final int DRAWS_TIMED_AT_ONCE = 20;
  private static final int COLUMN_REPEATS = 30;

  private final int rows;
  private final int dimension;
  private final TableContext table;
  private final Random random = new Random(1);

  private ViperHarness(Path folder, int rows, int dimension) {
    this.rows = rows;
    this.dimension = dimension;
    this.table =
        RandomCollections.table(
            CollectionSchema.builder()
                .vector(dimension, Metric.EUCLIDEAN)
                .metadata("category", Scalar.STRING)
                .metadata("price", Scalar.LONG)
                .build(),
            folder.toString(),
            new LocalFileIO());
  }

  public static void main(String[] arguments) throws IOException {
    int rows = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60_000;
    int dimension = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 784;
    new ViperHarness(Path.of(arguments[0]), rows, dimension).run();
  }

  private void run() throws IOException {
    StagedSegment segment = write();
    Path file = Path.of(segment.dataFile().location());
    long raw = 4L * rows * dimension;
    long vectors = segment.dataFile().columnSizes().get(vectorElementId());
    print("file over raw floats %.3f %%", 100.0 * (Files.size(file) - raw) / raw);
    print("vector column over raw floats %.3f %%", 100.0 * (vectors - raw) / raw);
    try (SegmentReader reader = new ViperFormat().open(table, segment.dataFile()).orElseThrow()) {
      double first = 0;
      double best = 0;
      for (int i = 0; i < REPEATS; i++) {
        double rate = readAll(reader.vectors("vector"));
        first = i == 0 ? rate : first;
        best = Math.max(best, rate);
      }
      print("read all vectors %.2f GB/s at first (checksums), %.2f GB/s after", first, best);
      double java = readByParquetJava(file);
      print("parquet-java's record reader %.3f GB/s: a factor of %.1f", java, best / java);
      for (int i = 0; i < 2; i++) {
        randomRows(reader.vectors("vector"));
        randomIds(reader);
        columns(reader);
      }
    }
    Staging.discard(table.io(), segment);
  }

  private int vectorElementId() {
    return table.icebergSchema().findType("vector").asListType().elementId();
  }

  private StagedSegment write() {
    float[][] vectors = new float[1_000][];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = RandomCollections.vector(dimension, random);
    }
    StagedSegment segment = null;
    for (int repeat = 0; repeat < 3; repeat++) {
      if (segment != null) {
        Staging.discard(table.io(), segment);
      }
      long start = System.nanoTime();
      try (SegmentWriter writer = new ViperFormat().newWriter(table, "harness")) {
        for (int i = 0; i < rows; i++) {
          writer.append(
              new Row(
                  "row" + i,
                  new float[][] {vectors[i % vectors.length]},
                  new Object[] {"category " + i % 10, (long) i},
                  Row.NO_EXPIRY,
                  i,
                  i));
        }
        segment = writer.finish().get(0);
        double seconds = (System.nanoTime() - start) / 1e9;
        print(
            "write %.2f GB/s, %.0f rows/s, synced",
            4.0 * rows * dimension / seconds / 1e9, rows / seconds);
      }
    }
    Staging.promote(table.io(), segment);
    return segment;
  }

  private double readAll(VectorRows vectors) {
    float[] target = new float[1_000 * dimension];
    long start = System.nanoTime();
    for (int row = 0; row < rows; row += 1_000) {
      vectors.copy(row, Math.min(1_000, rows - row), target, 0);
    }
    return 4.0 * rows * dimension / (System.nanoTime() - start);
  }

  private double readByParquetJava(Path file) throws IOException {
    double best = 0;
    for (int i = 0; i < 3; i++) {
      double sum = 0;
      int read = 0;
      long start = System.nanoTime();
      try (ParquetReader<Group> reader = new Groups(new LocalInputFile(file)).build()) {
        for (Group group = reader.read(); group != null; group = reader.read()) {
          Group list = group.getGroup("vector", 0);
          for (int c = 0; c < dimension; c++) {
            sum += list.getGroup("list", c).getFloat("element", 0);
          }
          read++;
        }
      }
      best = Math.max(best, 4.0 * read * dimension / (System.nanoTime() - start));
      if (Double.isNaN(sum)) {
        throw new AssertionError("Vectors are finite");
      }
    }
    return best;
  }

  private static final class Groups extends ParquetReader.Builder<Group> {
    Groups(InputFile file) {
      super(file);
    }

    @Override
    protected ReadSupport<Group> getReadSupport() {
      return new GroupReadSupport();
    }
  }

  private void randomRows(VectorRows vectors) {
    float[] target = new float[dimension];
    time("random row", draw -> vectors.copy(draw, 1, target, 0));
  }

  private void randomIds(SegmentReader reader) {
    String[] ids = new String[rows];
    time("id of a random row", draw -> ids[draw] = reader.id(draw));
    for (int i = 0; i < rows; i++) {
      ids[i] = "row" + i;
    }
    time("row of a random id", draw -> check(reader.find(ids[draw]) == draw));
    time("missing id", draw -> check(reader.find("no" + draw) < 0));
  }

  private void columns(SegmentReader reader) {
    for (String column : new String[] {"category", "price", "id"}) {
      double best = Double.MAX_VALUE;
      for (int i = 0; i < COLUMN_REPEATS; i++) {
        long start = System.nanoTime();
        int size = reader.column(column).size();
        best = Math.min(best, (System.nanoTime() - start) / (double) size);
      }
      print("whole column %s %.1f ns a row", column, best);
    }
  }

  private static void check(boolean right) {
    if (!right) {
      throw new AssertionError("A wrong answer");
    }
  }

  /** One draw of a row. */
  private interface Draw {
    void row(int row);
  }

  private void time(String what, Draw draw) {
    double[] nanos = new double[DRAWS / DRAWS_TIMED_AT_ONCE];
    for (int i = 0; i < nanos.length; i++) {
      int[] drawn = random.ints(DRAWS_TIMED_AT_ONCE, 0, rows).toArray();
      long start = System.nanoTime();
      for (int row : drawn) {
        draw.row(row);
      }
      nanos[i] = (System.nanoTime() - start) / (double) DRAWS_TIMED_AT_ONCE;
    }
    Arrays.sort(nanos);
    print(
        "%s %.0f ns at the median, %.0f ns at the 99th percentile",
        what, nanos[nanos.length / 2], nanos[nanos.length * 99 / 100]);
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
