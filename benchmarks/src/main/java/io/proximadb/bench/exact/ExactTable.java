package io.proximadb.bench.exact;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.Warehouse;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.Kernels;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A set in two collections of one data file each: one without an index, one with a flat index. */
final class ExactTable implements Closeable {
  private static final CollectionName PLAIN = CollectionName.parse("bench.plain");
  private static final CollectionName CODED = CollectionName.parse("bench.coded");
  private static final String VECTOR = "vector";
  private static final int ROWS_PER_UPSERT = 2_000;

  /** More than all vectors: one flush, one data file. */
  private static final long FLUSH_BYTES = 4L << 30;

  private final ExactSet set;
  private final int k;
  private final ProximaEngine engine;
  private final Collection plain;
  private final Collection coded;
  private final Warehouse warehouse;
  private final SegmentReader segment;
  private final VectorRows rows;
  private final double indexSeconds;

  ExactTable(Path folder, ExactSet set, int k) {
    this.set = set;
    this.k = k;
    EngineOptions options =
        EngineOptions.local(folder)
            .withFlush(FLUSH_BYTES, Duration.ofHours(1))
            .withCatalogProperty(MaintenanceOptions.THREADS, "0");
    this.engine = ProximaEngine.open(options);
    this.plain = filled(PLAIN);
    this.coded = filled(CODED);
    coded.createIndex(IndexDefinition.of("exact", "flat", VECTOR));
    long started = System.nanoTime();
    coded.optimize();
    this.indexSeconds = (System.nanoTime() - started) / 1e9;
    this.warehouse = Warehouse.open(options.catalog());
    CollectionTable table = warehouse.load(PLAIN);
    List<LiveFile> files = table.liveFiles();
    if (files.size() != 1) {
      throw new IllegalStateException(
          "Cannot measure one file: the flush wrote " + files.size() + " of them");
    }
    this.segment = Segments.open(table.context(), files.get(0).dataFile());
    this.rows = segment.vectors(VECTOR);
  }

  private Collection filled(CollectionName name) {
    Collection collection =
        engine.createCollection(
            name, CollectionSchema.builder().vector(set.dimension(), set.metric()).build());
    for (int from = 0; from < set.rows(); from += ROWS_PER_UPSERT) {
      List<VectorRecord> records = new ArrayList<>();
      for (int row = from; row < Math.min(set.rows(), from + ROWS_PER_UPSERT); row++) {
        records.add(VectorRecord.of(Integer.toString(row), set.row(row), Map.of()));
      }
      collection.upsert(records);
    }
    collection.flush();
    return collection;
  }

  /** Seconds that the flat index took to build, with what else the collection wanted. */
  double indexSeconds() {
    return indexSeconds;
  }

  /** Bytes of the floats alone. */
  double vectorBytes() {
    return (double) set.base().length * Float.BYTES;
  }

  /** Adds up all components where they lie, that often. */
  double sum(int times) {
    double sum = 0;
    for (int i = 0; i < times; i++) {
      for (int block = 0; block < rows.blockCount(); block++) {
        ByteBuffer bytes = rows.block(block);
        sum += Kernels.best().sum(bytes, 0, bytes.remaining() / Float.BYTES);
      }
    }
    return sum;
  }

  private SearchRequest request(int query) {
    return SearchRequest.of(set.query(query), k).exactly();
  }

  /** Queries one by one that compare every row. */
  double scan(int count) {
    return searches(plain, count);
  }

  /** Queries one by one by codes. */
  double coded(int count) {
    return searches(coded, count);
  }

  private double searches(Collection collection, int count) {
    double sum = 0;
    for (int query = 0; query < count; query++) {
      sum += collection.search(request(query)).hits().get(0).distance();
    }
    return sum;
  }

  /** As many queries in one call, compared with every row. */
  double batch(int count) {
    List<SearchRequest> requests = new ArrayList<>();
    for (int query = 0; query < count; query++) {
      requests.add(request(query));
    }
    return plain.search(requests).get(0).hits().get(0).distance();
  }

  /** Compares the three ways by ids and distances; gives what the index says of one. */
  String check(int count) {
    List<SearchRequest> requests = new ArrayList<>();
    for (int query = 0; query < count; query++) {
      requests.add(request(query));
    }
    List<SearchResponse> batch = plain.search(requests);
    String strategy = "";
    for (int query = 0; query < count; query++) {
      List<String> expected = hits(plain.search(requests.get(query)));
      SearchResponse byCodes = coded.search(requests.get(query));
      if (!hits(byCodes).equals(expected) || !hits(batch.get(query)).equals(expected)) {
        throw new IllegalStateException(
            "Query "
                + query
                + " of "
                + set.name()
                + ": "
                + expected
                + ", by codes "
                + hits(byCodes)
                + ", in a batch "
                + hits(batch.get(query)));
      }
      strategy = byCodes.strategy();
    }
    if (!strategy.startsWith("index 'exact'") && set.rows() > k + 10_000) {
      throw new IllegalStateException("Searches are not by codes: " + strategy);
    }
    return strategy;
  }

  private static List<String> hits(SearchResponse response) {
    return response.hits().stream()
        .map((SearchHit hit) -> hit.id() + " at " + hit.distance())
        .toList();
  }

  @Override
  public void close() {
    segment.close();
    warehouse.close();
    engine.close();
  }
}
