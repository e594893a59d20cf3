package io.proximadb.bench.scan;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.FolderSize;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import io.proximadb.vector.Kernels;
import io.proximadb.vector.VectorKernels;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.iceberg.io.CloseableIterator;

/** The vectors in one data file of a collection, as an engine wrote it, and ways to read them. */
final class ScanTable implements Closeable {
  private static final String VECTOR = "vector";

  private static final CollectionName NAME = CollectionName.parse("bench.scan");
  private static final int ROWS_PER_UPSERT = 2_000;
  private static final int ROWS_PER_BATCH = 1_024;

  /** More than all vectors: one flush, one data file. */
  private static final long FLUSH_BYTES = 1L << 30;

  /** Rows scored at once: their scores stay in the first-level cache. */
  private static final int ROWS_PER_SCORING = 256;

  private final ProximaEngine engine;
  private final Collection collection;
  private final Warehouse warehouse;
  private final SegmentReader segment;
  private final VectorRows rows;
  private final Path location;
  private final Path dataFile;
  private final double ingestRowsPerSecond;
  private final VectorKernels kernels = Kernels.best();
  private final double[] scores = new double[ROWS_PER_SCORING];

  private ScanTable(
      ProximaEngine engine, Collection collection, Warehouse warehouse, double rowsPerSecond) {
    this.engine = engine;
    this.collection = collection;
    this.warehouse = warehouse;
    this.ingestRowsPerSecond = rowsPerSecond;
    CollectionTable table = warehouse.load(NAME);
    List<LiveFile> files = table.liveFiles();
    if (files.size() != 1) {
      throw new IllegalStateException(
          "Cannot measure one file: the flush wrote " + files.size() + " of them");
    }
    TableContext context = table.context();
    this.segment = Segments.open(context, files.get(0).dataFile());
    this.rows = segment.vectors(VECTOR);
    this.location = localPath(context.location());
    this.dataFile = localPath(files.get(0).dataFile().location());
  }

  private static Path localPath(String location) {
    return Path.of(location.startsWith("file:") ? location.substring("file:".length()) : location);
  }

  /** Ingests the vectors through an engine, flushes them, and opens what was written. */
  static ScanTable create(BenchmarkContext context, float[] vectors) {
    Path folder = context.scratch().resolve("warehouse");
    EngineOptions options = EngineOptions.local(folder).withFlush(FLUSH_BYTES, Duration.ofHours(1));
    ProximaEngine engine = ProximaEngine.open(options);
    Collection collection =
        engine.createCollection(
            NAME,
            CollectionSchema.builder().vector(FashionMnist.DIMENSION, Metric.EUCLIDEAN).build());
    context.progress("ingesting through the log, then flushing");
    int count = vectors.length / FashionMnist.DIMENSION;
    long started = System.nanoTime();
    for (int from = 0; from < count; from += ROWS_PER_UPSERT) {
      collection.upsert(records(vectors, from, Math.min(from + ROWS_PER_UPSERT, count)));
    }
    double seconds = (System.nanoTime() - started) / 1e9;
    collection.flush();
    Warehouse warehouse = Warehouse.open(options.catalog());
    return new ScanTable(engine, collection, warehouse, count / seconds);
  }

  private static List<VectorRecord> records(float[] vectors, int from, int to) {
    List<VectorRecord> records = new ArrayList<>(to - from);
    for (int row = from; row < to; row++) {
      float[] vector = new float[FashionMnist.DIMENSION];
      System.arraycopy(vectors, row * vector.length, vector, 0, vector.length);
      records.add(VectorRecord.of(Integer.toString(row), vector, Map.of()));
    }
    return records;
  }

  double ingestRowsPerSecond() {
    return ingestRowsPerSecond;
  }

  /** Another reader of the same file. */
  RecordReaderPeer recordReader() {
    return new RecordReaderPeer(dataFile, VECTOR, rows.dimension());
  }

  /** Bytes of the floats alone. */
  long vectorBytes() {
    return (long) rows.rowCount() * rows.dimension() * Float.BYTES;
  }

  /** Bytes of everything in the table's folder: data, metadata, id index. */
  long tableBytes() throws IOException {
    return FolderSize.of(location);
  }

  /** Copies all vectors to the heap, block by block. */
  double copyAllRows() {
    float[] target = new float[ROWS_PER_BATCH * rows.dimension()];
    double sum = 0;
    for (int row = 0; row < rows.rowCount(); row += ROWS_PER_BATCH) {
      int count = Math.min(ROWS_PER_BATCH, rows.rowCount() - row);
      rows.copy(row, count, target, 0);
      sum += target[0];
    }
    return sum;
  }

  /** Reads all vectors as columnar batches, each with arrays of its own. */
  double scanAllBatches() throws IOException {
    double sum = 0;
    try (CloseableIterator<ColumnBatch> batches = segment.scan(List.of(VECTOR), ROWS_PER_BATCH)) {
      while (batches.hasNext()) {
        sum += ((FloatVectorColumn) batches.next().column(VECTOR)).values()[0];
      }
    }
    return sum;
  }

  /** Nanoseconds that single rows took, at random positions. */
  double[] timeRandomRows(int samples, long seed) {
    Random random = new Random(seed);
    float[] target = new float[rows.dimension()];
    double[] nanos = new double[samples];
    double sum = 0;
    for (int i = 0; i < samples; i++) {
      int row = random.nextInt(rows.rowCount());
      long started = System.nanoTime();
      rows.copy(row, 1, target, 0);
      nanos[i] = System.nanoTime() - started;
      sum += target[0];
    }
    if (Double.isNaN(sum)) {
      throw new IllegalStateException("Cannot time rows: they hold NaN");
    }
    return nanos;
  }

  /** Adds up all components where they lie. */
  double sumMapped() {
    double sum = 0;
    for (int block = 0; block < rows.blockCount(); block++) {
      ByteBuffer bytes = rows.block(block);
      sum += kernels.sum(bytes, 0, bytes.remaining() / Float.BYTES);
    }
    return sum;
  }

  /** Scores all rows against a query where they lie, without ranking them. */
  double scoreMapped(float[] query) {
    DistanceFunction function = DistanceFunction.of(Metric.EUCLIDEAN, query);
    int rowBytes = query.length * Float.BYTES;
    double best = Double.POSITIVE_INFINITY;
    for (int block = 0; block < rows.blockCount(); block++) {
      ByteBuffer bytes = rows.block(block);
      int count = rows.firstRow(block + 1) - rows.firstRow(block);
      for (int row = 0; row < count; row += ROWS_PER_SCORING) {
        int n = Math.min(ROWS_PER_SCORING, count - row);
        function.scores(bytes, row * rowBytes, n, scores);
        for (int i = 0; i < n; i++) {
          best = Math.min(best, scores[i]);
        }
      }
    }
    return best;
  }

  /** An exact search through the engine. */
  double search(float[] query, int k) {
    SearchResponse response = collection.search(SearchRequest.of(query, k));
    if (response.rowsScannedExactly() != rows.rowCount() || response.hits().size() != k) {
      throw new IllegalStateException(
          "Cannot measure an exact search: " + response.rowsScannedExactly() + " rows scanned");
    }
    return response.hits().get(0).distance();
  }

  @Override
  public void close() {
    segment.close();
    warehouse.close();
    engine.close();
  }
}
