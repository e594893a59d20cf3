package io.proximadb.storage.viper;

import io.proximadb.io.Abortable;
import io.proximadb.model.ClusterId;
import io.proximadb.storage.viper.ChecksumBlock.PageCheck;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.ColumnOrder;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.TypeDefinedOrder;
import org.apache.parquet.format.Util;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** Writes one file, a row group at a time; see {@link ViperFormat} for the bytes. */
final class ViperFileWriter implements Closeable {
  private static final int PARQUET_VERSION = 2;

  private final ColumnLayout layout;
  private final FileProfile profile;
  private final ViperSizes sizes;
  private final UUID tableUuid;
  private final MessageType schema;
  private final List<VectorPages.Levels> levels = new ArrayList<>();
  private final List<ColumnTotals> totals = new ArrayList<>();
  private final PositionOutputStream out;

  private final List<RowGroup> rowGroups = new ArrayList<>();
  private final List<Long> splitOffsets = new ArrayList<>();
  private final List<PageCheck> pageChecks = new ArrayList<>();
  private final List<PendingIndex> pendingIndexes = new ArrayList<>();
  private RowGroupBuffer buffer;
  private long position;
  private long rows;
  private long clusterId = ClusterId.NONE;

  /** True once vectors were compressed. */
  private boolean cold;

  /** The indexes of a chunk, written after all row groups. */
  private record PendingIndex(
      ColumnChunk chunk,
      OffsetIndex offsets,
      org.apache.parquet.internal.column.columnindex.@Nullable ColumnIndex bounds) {}

  ViperFileWriter(
      ColumnLayout layout, FileProfile profile, ViperSizes sizes, UUID tableUuid, OutputFile file)
      throws IOException {
    this.layout = layout;
    this.profile = profile;
    this.sizes = sizes;
    this.tableUuid = tableUuid;
    this.schema = ParquetSchemas.messageType(layout.fields());
    for (var field : layout.vectors()) {
      levels.add(new VectorPages.Levels(field.vector().dimension()));
    }
    schema.getColumns().forEach(leaf -> totals.add(new ColumnTotals(leaf)));
    this.buffer = new RowGroupBuffer(layout, profile, schema, sizes, levels);
    this.out = file.create();
    write(ViperFormat.PARQUET_MAGIC);
  }

  /**
   * Ends the row group before a row of that cluster if there are others in it and it is nearly
   * full; true if the file is full now.
   */
  boolean cutBefore(long nextClusterId) throws IOException {
    if (nextClusterId != clusterId && buffer.bytes() >= sizes.minRowGroupBytes()) {
      endRowGroup();
    }
    clusterId = nextClusterId;
    return isFull();
  }

  /** Adds a row; true if the file is full now. */
  boolean append(FileRow row) throws IOException {
    buffer.append(row);
    rows++;
    if (buffer.bytes() >= sizes.rowGroupBytes()) {
      endRowGroup();
    }
    return isFull();
  }

  /** At the end of a row group. */
  private boolean isFull() {
    return position >= sizes.fileBytes();
  }

  long rows() {
    return rows;
  }

  /** Size of the file so far; its final size after {@link #finish()}. */
  long size() {
    return position;
  }

  /** Where row groups start. */
  List<Long> splitOffsets() {
    return splitOffsets;
  }

  ColumnLayout layout() {
    return layout;
  }

  /** By leaf, in the order of the schema; whole after {@link #finish()}. */
  List<ColumnTotals> totals() {
    return totals;
  }

  private void write(byte[] bytes) throws IOException {
    out.write(bytes);
    position += bytes.length;
  }

  /** Ends the row group unless it is empty. */
  void endRowGroup() throws IOException {
    if (buffer.rows() == 0) {
      return;
    }
    long start = position;
    List<ColumnChunk> chunks = new ArrayList<>();
    long uncompressed = 0;
    List<ChunkPages> pages = buffer.finish();
    for (int leaf = 0; leaf < pages.size(); leaf++) {
      // Vectors are the last columns, with one leaf each.
      cold |= leaf >= pages.size() - layout.vectors().size() && pages.get(leaf).isCompressed();
      ColumnChunk chunk = writeChunk(pages.get(leaf));
      chunks.add(chunk);
      long bytes = chunk.getMeta_data().getTotal_compressed_size();
      uncompressed += chunk.getMeta_data().getTotal_uncompressed_size();
      totals.get(leaf).add(pages.get(leaf), bytes, buffer.nanCount(leaf));
    }
    RowGroup group = new RowGroup(chunks, uncompressed, buffer.rows());
    group.setFile_offset(start).setTotal_compressed_size(position - start);
    group.setOrdinal((short) rowGroups.size());
    rowGroups.add(group);
    splitOffsets.add(start);
    buffer = new RowGroupBuffer(layout, profile, schema, sizes, levels);
  }

  private ColumnChunk writeChunk(ChunkPages pages) throws IOException {
    long start = position;
    long firstDataPage = -1;
    long row = 0;
    List<PageLocation> locations = new ArrayList<>();
    for (EncodedPage page : pages.pages()) {
      if (page.rows() > 0) {
        locations.add(new PageLocation(position, page.size(), row));
        firstDataPage = firstDataPage < 0 ? position : firstDataPage;
        row += page.rows();
      }
      page.writeTo(out);
      position += page.size();
      pageChecks.add(page.check());
    }
    List<Encoding> encodings = new ArrayList<>(List.of(Encoding.RLE));
    encodings.addAll(pages.encodings().keySet());
    List<PageEncodingStats> encodingStats = new ArrayList<>();
    pages
        .encodings()
        .forEach(
            (encoding, count) ->
                encodingStats.add(new PageEncodingStats(PageType.DATA_PAGE_V2, encoding, count)));
    ColumnMetaData meta =
        new ColumnMetaData(
            ParquetSchemas.physicalType(pages.column().getPrimitiveType()),
            encodings,
            Arrays.asList(pages.column().getPath()),
            pages.isCompressed() ? FileProfile.CODEC : CompressionCodec.UNCOMPRESSED,
            pages.values(),
            position - start + pages.savedBytes(),
            position - start,
            firstDataPage);
    if (pages.hasDictionary()) {
      meta.setDictionary_page_offset(start);
      encodingStats.add(new PageEncodingStats(PageType.DICTIONARY_PAGE, Encoding.PLAIN, 1));
      if (!encodings.contains(Encoding.PLAIN)) {
        encodings.add(Encoding.PLAIN);
      }
    }
    meta.setEncoding_stats(encodingStats);
    meta.setStatistics(ColumnTotals.footerStatistics(pages.statistics()));
    ColumnChunk chunk = new ColumnChunk(firstDataPage);
    chunk.setMeta_data(meta);
    pendingIndexes.add(new PendingIndex(chunk, new OffsetIndex(locations), pages.columnIndex()));
    return chunk;
  }

  /** Writes the rest and makes the file durable. */
  void finish() throws IOException {
    endRowGroup();
    long indexStart = position;
    byte[] indexes = encodeIndexes();
    byte[] footer = encodeFooter();
    write(indexes);
    write(ChecksumBlock.encode(pageChecks, indexStart, indexes, footer));
    write(footer);
    write(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(footer.length)
            .array());
    write(ViperFormat.PARQUET_MAGIC);
    out.close();
  }

  /** Notes in the chunks where their indexes will stand: at once after the last row group. */
  private byte[] encodeIndexes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (PendingIndex index : pendingIndexes) {
      if (index.bounds() != null) {
        int start = bytes.size();
        Util.writeColumnIndex(convert(index.bounds()), bytes);
        index.chunk().setColumn_index_offset(position + start);
        index.chunk().setColumn_index_length(bytes.size() - start);
      }
    }
    for (PendingIndex index : pendingIndexes) {
      int start = bytes.size();
      Util.writeOffsetIndex(index.offsets(), bytes);
      index.chunk().setOffset_index_offset(position + start);
      index.chunk().setOffset_index_length(bytes.size() - start);
    }
    return bytes.toByteArray();
  }

  private static org.apache.parquet.format.ColumnIndex convert(
      org.apache.parquet.internal.column.columnindex.ColumnIndex bounds) {
    org.apache.parquet.format.ColumnIndex converted =
        new org.apache.parquet.format.ColumnIndex(
            bounds.getNullPages(),
            bounds.getMinValues(),
            bounds.getMaxValues(),
            org.apache.parquet.format.BoundaryOrder.valueOf(bounds.getBoundaryOrder().name()));
    converted.setNull_counts(bounds.getNullCounts());
    return converted;
  }

  private byte[] encodeFooter() throws IOException {
    FileMetaData footer =
        new FileMetaData(PARQUET_VERSION, ParquetSchemas.elements(schema), rows, rowGroups);
    footer.setCreated_by(ViperFormat.CREATED_BY);
    footer.setColumn_orders(
        Collections.nCopies(
            schema.getColumns().size(), ColumnOrder.TYPE_ORDER(new TypeDefinedOrder())));
    footer.setKey_value_metadata(
        List.of(
            keyValue(
                ViperFormat.ICEBERG_SCHEMA_KEY, SchemaParser.toJson(new Schema(layout.fields()))),
            keyValue(ViperFormat.VERSION_KEY, cold ? ViperFormat.COLD_VERSION : profile.version()),
            keyValue(ViperFormat.TABLE_UUID_KEY, tableUuid.toString())));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Util.writeFileMetaData(footer, bytes);
    return bytes.toByteArray();
  }

  private static KeyValue keyValue(String key, String value) {
    KeyValue pair = new KeyValue(key);
    pair.setValue(value);
    return pair;
  }

  /** Closes the stream; the file is whole only if it was finished before. */
  @Override
  public void close() throws IOException {
    if (out instanceof Abortable unfinished) {
      unfinished.abort();
    }
    out.close();
  }
}
