package io.proximadb.storage.clusters;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.ClusterId;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/**
 * Measures clustered search on real vectors: {@code ClusterHarness <folder> <base> <queries>
 * [euclidean|cosine]}. Base and queries are IDX files of bytes, gzipped, or {@code .f32} files:
 * rows and dimension as ints, then little-endian floats. Not a test, for the figures depend on the
 * machine.
 */
public final class ClusterHarness {
  private static final CollectionName NAME = CollectionName.parse("bench");
  private static final int K = 10;
  private static final int QUERIES = 300;
  private static final int BATCH = 2_000;
  private static final int MAX_BASE = 200_000;

  private ClusterHarness() {}

  public static void main(String[] arguments) throws IOException {
    float[][] base = read(Path.of(arguments[1]));
    float[][] queries = read(Path.of(arguments[2]));
    Metric metric = arguments.length > 3 ? Metric.parse(arguments[3]) : Metric.EUCLIDEAN;
    EngineOptions options =
        EngineOptions.local(Path.of(arguments[0]))
            .withFlush(64 << 20, Duration.ofDays(1))
            .withCatalogProperty("proximadb.maintenance.threads", "0");
    try (ProximaEngine engine = ProximaEngine.open(options);
        Warehouse warehouse = Warehouse.open(options.catalog())) {
      Collection docs =
          engine.createCollection(
              NAME, CollectionSchema.builder().vector(base[0].length, metric).build());
      int rows = Math.min(MAX_BASE, base.length);
      for (int from = 0; from < rows; from += BATCH) {
        List<VectorRecord> batch = new ArrayList<>();
        for (int i = from; i < Math.min(rows, from + BATCH); i++) {
          batch.add(VectorRecord.of(String.format(Locale.ROOT, "%010d", i), base[i], Map.of()));
        }
        docs.upsert(batch);
      }
      docs.flush();
      long start = System.nanoTime();
      for (MaintenanceResult step : engine.maintain(NAME)) {
        print("%.1f s: %s", (System.nanoTime() - start) / 1e9, step.what());
      }
      docs.refresh();
      measure(docs, warehouse.load(NAME), queries);
    }
  }

  private static void measure(Collection docs, CollectionTable table, float[][] queries) {
    int count = Math.min(QUERIES, queries.length);
    List<Set<String>> expected = new ArrayList<>();
    long start = System.nanoTime();
    for (int i = 0; i < count; i++) {
      expected.add(ids(docs, SearchRequest.of(queries[i], K)));
    }
    print("exact: %.2f ms a query", (System.nanoTime() - start) / 1e6 / count);
    long bytes = 0;
    for (LiveFile file : table.liveFiles()) {
      bytes += file.dataFile().fileSizeInBytes();
    }
    long raw = (long) Float.BYTES * queries[0].length * docs.describe().dataRows();
    print(
        "%d files, %d bytes, %.2f %% over the floats without id index",
        table.liveFiles().size(), bytes, 100.0 * (bytes - raw) / raw);
    for (int clusters : new int[] {1, 2, 4, 8, 12, 16, 24, 32, 48}) {
      int found = 0;
      start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        Set<String> hits = ids(docs, SearchRequest.of(queries[i], K).clusters(clusters));
        hits.retainAll(expected.get(i));
        found += hits.size();
      }
      double ms = (System.nanoTime() - start) / 1e6 / count;
      double[] cost = cost(docs, table, queries, count, clusters);
      print(
          "%3d clusters: recall %.4f, %.2f %% of vector bytes, %.1f ranges (most %.0f), %.2f ms",
          clusters, (double) found / (K * count), 100 * cost[0], cost[1], cost[2], ms);
    }
  }

  /** Share of vector bytes in touched pages, ranges of touching pages, and the most of these. */
  private static double[] cost(
      Collection docs, CollectionTable table, float[][] queries, int count, int clusters) {
    TableContext context = table.context();
    long touched = 0;
    long all = 0;
    long ranges = 0;
    long most = 0;
    long[] byQuery = new long[count];
    for (LiveFile file : table.liveFiles()) {
      try (SegmentReader reader = Segments.open(context, file.dataFile())) {
        VectorRows vectors = reader.vectors("vector");
        ClusterRuns runs = reader.clusters();
        for (int i = 0; i < count; i++) {
          Set<Long> nearest = new HashSet<>(docs.nearestClusters(queries[i], clusters, null));
          all += vectors.rowCount();
          int lastPage = -2;
          int page = 0;
          for (int run = 0; run < runs.count(); run++) {
            if (runs.id(run) != ClusterId.NONE && !nearest.contains(runs.id(run))) {
              continue;
            }
            while (vectors.firstRow(page + 1) <= runs.start(run)) {
              page++;
            }
            for (int p = page;
                p < vectors.blockCount() && vectors.firstRow(p) < runs.start(run + 1);
                p++) {
              if (p > lastPage) {
                touched += vectors.firstRow(p + 1) - vectors.firstRow(p);
                byQuery[i] += p == lastPage + 1 ? 0 : 1;
                lastPage = p;
              }
            }
          }
        }
      }
    }
    for (long of : byQuery) {
      ranges += of;
      most = Math.max(most, of);
    }
    return new double[] {(double) touched / all, (double) ranges / count, most};
  }

  private static Set<String> ids(Collection docs, SearchRequest request) {
    Set<String> ids = new HashSet<>();
    for (SearchHit hit : docs.search(request).hits()) {
      ids.add(hit.id());
    }
    return ids;
  }

  private static float[][] read(Path file) throws IOException {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 20)) {
      if (file.toString().endsWith(".f32")) {
        return readFloats(raw);
      }
      DataInputStream in = new DataInputStream(new BufferedInputStream(new GZIPInputStream(raw)));
      in.readInt();
      float[][] rows = new float[in.readInt()][];
      int dimension = in.readInt() * in.readInt();
      byte[] bytes = new byte[dimension];
      for (int i = 0; i < rows.length; i++) {
        in.readFully(bytes);
        rows[i] = new float[dimension];
        for (int d = 0; d < dimension; d++) {
          rows[i][d] = bytes[d] & 0xff;
        }
      }
      return rows;
    }
  }

  private static float[][] readFloats(InputStream in) throws IOException {
    ByteBuffer head = ByteBuffer.wrap(in.readNBytes(8)).order(ByteOrder.LITTLE_ENDIAN);
    float[][] rows = new float[head.getInt()][head.getInt()];
    for (float[] row : rows) {
      ByteBuffer.wrap(in.readNBytes(Float.BYTES * row.length))
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(row);
    }
    return rows;
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
