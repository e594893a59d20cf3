package io.proximadb.storage.viper;

import io.proximadb.index.flat.FlatSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.vector.DistanceFunction;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;

/**
 * Measures what the profiles of vectors take and cost: {@code VectorProfileHarness <folder>
 * [<gzipped IDX images>]}. Not a test, for the figures depend on the machine.
 */
public final class VectorProfileHarness {
  private static final int ROWS = 20_000;
  private static final int DIMENSION = 384;
  private static final int SCANS = 5;
  private static final int DRAWS = 2_000;

  private VectorProfileHarness() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    System.out.printf(
        "%-22s %-6s %8s %8s %10s %10s%n",
        "vectors", "", "bytes %", "write s", "scan GB/s", "row us");
    Random random = new Random(1);
    for (double zeros : new double[] {0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99}) {
      List<float[]> vectors = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        float[] vector = new float[DIMENSION];
        for (int d = 0; d < DIMENSION; d++) {
          vector[d] = random.nextDouble() < zeros ? 0 : (float) random.nextGaussian();
        }
        vectors.add(vector);
      }
      measure(folder, String.format(Locale.ROOT, "normal, %.0f %% zeros", 100 * zeros), vectors);
    }
    if (arguments.length > 1) {
      measure(folder, "images", images(Path.of(arguments[1])));
    }
  }

  private static List<float[]> images(Path file) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16))) {
      in.readInt();
      int count = in.readInt();
      byte[] image = new byte[in.readInt() * in.readInt()];
      List<float[]> vectors = new ArrayList<>();
      for (int i = 0; i < Math.min(count, ROWS); i++) {
        in.readFully(image);
        float[] vector = new float[image.length];
        for (int d = 0; d < vector.length; d++) {
          vector[d] = image[d] & 0xff;
        }
        vectors.add(vector);
      }
      return vectors;
    }
  }

  private static void measure(Path folder, String name, List<float[]> vectors) {
    for (String profile : new String[] {"hot", "cold", "auto"}) {
      int dimension = vectors.get(0).length;
      TableContext table =
          RandomCollections.table(
              CollectionSchema.builder().vector(dimension, Metric.EUCLIDEAN).build(),
              folder.toString(),
              new LocalFileIO(),
              Map.of("proximadb.vector.vector.profile", profile));
      long start = System.nanoTime();
      StagedSegment segment = write(table, vectors);
      double seconds = (System.nanoTime() - start) / 1e9;
      try (SegmentReader reader = new ViperFormat().open(table, segment.dataFile()).orElseThrow()) {
        int element = table.icebergSchema().findType("vector").asListType().elementId();
        double raw = 4.0 * dimension * vectors.size();
        System.out.printf(
            Locale.ROOT,
            "%-22s %-6s %8.1f %8.2f %10.2f %10.1f%n",
            name,
            profile,
            100 * segment.dataFile().columnSizes().get(element) / raw,
            seconds,
            scan(reader, vectors.get(0), raw),
            row(reader, dimension));
      }
      Staging.discard(table.io(), segment);
    }
  }

  private static StagedSegment write(TableContext table, List<float[]> vectors) {
    CompactionPolicy.Task task = new CompactionPolicy.Task(List.of(), 0, 1, "harness");
    try (CompactionWriter writer = new ViperFormat().compaction().newWriter(table, task)) {
      for (int i = 0; i < vectors.size(); i++) {
        float[][] row = {vectors.get(i)};
        writer.append(new Row("row" + i, row, new Object[0], Row.NO_EXPIRY, i, i));
      }
      StagedSegment segment = writer.finish().get(0);
      Staging.promote(table.io(), segment);
      return segment;
    }
  }

  private static double scan(SegmentReader reader, float[] query, double raw) {
    double best = 0;
    for (int i = 0; i < SCANS; i++) {
      long start = System.nanoTime();
      FlatSearch search =
          new FlatSearch(
              DistanceFunction.of(Metric.EUCLIDEAN, query),
              new TopK(10, ordinal -> reader.id((int) ordinal)));
      search.scan(reader.vectors("vector"), 0, row -> true, reader.rowCount());
      best = Math.max(best, raw / (System.nanoTime() - start));
    }
    return best;
  }

  private static double row(SegmentReader reader, int dimension) {
    Random random = new Random(2);
    float[] target = new float[dimension];
    long start = System.nanoTime();
    for (int i = 0; i < DRAWS; i++) {
      reader.vectors("vector").copy(random.nextInt(reader.rowCount()), 1, target, 0);
    }
    return (System.nanoTime() - start) / 1e3 / DRAWS;
  }
}
