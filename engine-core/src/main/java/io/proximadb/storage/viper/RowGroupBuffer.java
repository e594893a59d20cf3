package io.proximadb.storage.viper;

import io.proximadb.model.ClusterId;
import io.proximadb.model.SystemColumns;
import io.proximadb.storage.viper.ColumnLayout.VectorSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.MetadataColumns;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.column.impl.ColumnWriteStoreV2;
import org.apache.parquet.column.page.PageWriteStore;
import org.apache.parquet.column.page.PageWriter;
import org.apache.parquet.schema.MessageType;

/** The rows of a row group, encoded as far as pages are full. */
final class RowGroupBuffer {
  /** The metadata columns are asked for their size once in so many rows, for it takes a walk. */
  private static final int SIZE_CHECK_ROWS = 64;

  /** A page of few large values ends soon after the byte bound, not at the row bound. */
  private static final int MIN_ROWS_FOR_SIZE_CHECK = 8;

  private final ColumnLayout layout;
  private final ViperSizes sizes;
  private final Map<ColumnDescriptor, ChunkPages> scalarChunks = new LinkedHashMap<>();
  private final ColumnWriteStore store;
  private final RowShredder shredder;
  private final List<VectorPages> vectors = new ArrayList<>();
  private final long vectorRowBytes;
  private int rows;
  private long scalarBytes;
  private long clusterId = ClusterId.NONE;

  RowGroupBuffer(
      ColumnLayout layout,
      FileProfile profile,
      MessageType schema,
      ViperSizes sizes,
      List<VectorPages.Levels> vectorLevels) {
    this.layout = layout;
    this.sizes = sizes;
    MessageType scalars = layout.scalarSchema();
    for (ColumnDescriptor leaf : scalars.getColumns()) {
      // Ids are read in place.
      boolean compressed = profile.compressed() && !leaf.getPath()[0].equals(SystemColumns.ID);
      scalarChunks.put(leaf, ChunkPages.bounded(leaf, compressed));
    }
    this.store = new ColumnWriteStoreV2(scalars, new Chunks(), properties(sizes));
    this.shredder = new RowShredder(layout.scalars(), scalars, store);
    long rowBytes = 0;
    for (int i = 0; i < layout.vectors().size(); i++) {
      VectorSource source = layout.vectors().get(i);
      int dimension = source.vector().dimension();
      rowBytes += (long) Float.BYTES * dimension;
      vectors.add(
          new VectorPages(
              schema.getColumns().get(scalarChunks.size() + i),
              dimension,
              sizes.vectorPageRows(dimension),
              profile.vectors().getOrDefault(source.vector().name(), VectorProfile.PLAIN),
              vectorLevels.get(i)));
    }
    this.vectorRowBytes = rowBytes;
  }

  private static ParquetProperties properties(ViperSizes sizes) {
    // The first writer version chooses PLAIN and dictionaries only; pages are of the second.
    return ParquetProperties.builder()
        .withWriterVersion(WriterVersion.PARQUET_1_0)
        .withPageSize(sizes.pageBytes())
        .withPageRowCountLimit(sizes.pageRows())
        .withMinRowCountForPageSizeCheck(Math.min(MIN_ROWS_FOR_SIZE_CHECK, sizes.pageRows()))
        .withMaxRowCountForPageSizeCheck(sizes.pageRows())
        .withDictionaryEncoding(SystemColumns.ID, false)
        .withDictionaryEncoding(SystemColumns.VERSION, false)
        .withDictionaryEncoding(SystemColumns.UPDATED_AT, false)
        .withDictionaryEncoding(MetadataColumns.ROW_ID.name(), false)
        .build();
  }

  void append(FileRow row) {
    if (row.clusterId() != clusterId && !vectors.isEmpty()) {
      // The default vector field, which the clusters are of.
      vectors.get(0).cut(sizes.minVectorPageBytes());
      clusterId = row.clusterId();
    }
    for (int i = 0; i < vectors.size(); i++) {
      VectorSource source = layout.vectors().get(i);
      float[] vector = row.row().vectors()[source.ordinal()];
      if (vector == null) {
        throw new IllegalArgumentException(
            "No vector of field '" + source.vector().name() + "' for '" + row.row().id() + "'");
      }
      vectors.get(i).append(vector);
    }
    shredder.write(row);
    rows++;
    if (rows % SIZE_CHECK_ROWS == 0) {
      scalarBytes = store.getBufferedSize();
    }
  }

  int rows() {
    return rows;
  }

  /** Roughly what the row group takes on the heap and will take in the file. */
  long bytes() {
    return rows * vectorRowBytes + scalarBytes;
  }

  /** NaN values of a leaf; vectors have none. */
  long nanCount(int leaf) {
    return leaf < scalarChunks.size() ? shredder.nanCount(leaf) : 0;
  }

  /** Ends all pages and hands over the chunks in the order of the schema's leaves. */
  List<ChunkPages> finish() throws IOException {
    store.flush();
    store.close();
    List<ChunkPages> chunks = new ArrayList<>(scalarChunks.values());
    for (VectorPages pages : vectors) {
      chunks.add(pages.finish());
    }
    return chunks;
  }

  private final class Chunks implements PageWriteStore {
    @Override
    public PageWriter getPageWriter(ColumnDescriptor leaf) {
      ChunkPages pages = scalarChunks.get(leaf);
      if (pages == null) {
        throw new AssertionError(leaf);
      }
      return pages;
    }
  }
}
