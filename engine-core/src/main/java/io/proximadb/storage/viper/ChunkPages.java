package io.proximadb.storage.viper;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageWriter;
import org.apache.parquet.column.statistics.SizeStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.column.statistics.geospatial.GeospatialStatistics;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.ColumnIndexBuilder;
import org.apache.parquet.schema.PrimitiveType;
import org.jspecify.annotations.Nullable;

/** Collects the pages of one column chunk until its row group is written. */
final class ChunkPages implements PageWriter {
  /** Longest bound in a column index, as parquet-java's default. */
  private static final int COLUMN_INDEX_BOUND_BYTES = 64;

  private final ColumnDescriptor column;
  private final boolean compressed;
  private final List<EncodedPage> pages = new ArrayList<>();
  private final Map<org.apache.parquet.format.Encoding, Integer> encodings =
      new EnumMap<>(org.apache.parquet.format.Encoding.class);
  private final ColumnIndexBuilder columnIndex;
  private final Statistics<?> statistics;
  private @Nullable EncodedPage dictionary;
  private long values;
  private long bytes;
  private long savedBytes;

  private ChunkPages(ColumnDescriptor column, ColumnIndexBuilder columnIndex, boolean compressed) {
    this.column = column;
    this.compressed = compressed;
    this.columnIndex = columnIndex;
    this.statistics = Statistics.createStats(column.getPrimitiveType());
  }

  /** A chunk with a column index; its values and its dictionary are compressed, or are not. */
  static ChunkPages bounded(ColumnDescriptor column, boolean compressed) {
    PrimitiveType type = column.getPrimitiveType();
    return new ChunkPages(
        column, ColumnIndexBuilder.getBuilder(type, COLUMN_INDEX_BOUND_BYTES), compressed);
  }

  /** A chunk whose pages come without minimum and maximum. */
  static ChunkPages unbounded(ColumnDescriptor column, boolean compressed) {
    return new ChunkPages(column, ColumnIndexBuilder.getNoOpBuilder(), compressed);
  }

  ColumnDescriptor column() {
    return column;
  }

  /** The dictionary page, if any, and the data pages, as they stand in the file. */
  List<EncodedPage> pages() {
    if (dictionary == null) {
      return pages;
    }
    List<EncodedPage> all = new ArrayList<>();
    all.add(dictionary);
    all.addAll(pages);
    return all;
  }

  boolean isCompressed() {
    return compressed;
  }

  /** Bytes that compression took away; below 0 if it added some. */
  long savedBytes() {
    return savedBytes;
  }

  boolean hasDictionary() {
    return dictionary != null;
  }

  long values() {
    return values;
  }

  /** Minimum, maximum and null count over all pages. */
  Statistics<?> statistics() {
    return statistics;
  }

  /** Number of data pages by the encoding of their values. */
  Map<org.apache.parquet.format.Encoding, Integer> encodings() {
    return encodings;
  }

  /** Bounds for each page, or null where they would not be valid. */
  @Nullable ColumnIndex columnIndex() {
    return columnIndex.build();
  }

  /** Adds a data page; {@code body} starts with the repetition and the definition levels. */
  void add(DataPageHeaderV2 header, List<ByteBuffer> body, Statistics<?> pageStatistics)
      throws IOException {
    PageHeader page = new PageHeader(PageType.DATA_PAGE_V2, 0, 0);
    header.setIs_compressed(compressed);
    page.setData_page_header_v2(header);
    add(encoded(page, body, header.getNum_rows()));
    encodings.merge(header.getEncoding(), 1, Integer::sum);
    values += header.getNum_values();
    statistics.mergeStatistics(pageStatistics);
    columnIndex.add(pageStatistics);
  }

  static byte[] bytesOf(BytesInput input) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(Math.toIntExact(input.size()));
    input.writeAllTo(bytes);
    return bytes.toByteArray();
  }

  /** The levels of a page are never compressed, its values are the last part of the body. */
  private EncodedPage encoded(PageHeader header, List<ByteBuffer> body, int rows)
      throws IOException {
    if (!compressed) {
      return EncodedPage.of(header, body, rows, 0);
    }
    List<ByteBuffer> parts = new ArrayList<>(body);
    ByteBuffer last = parts.remove(parts.size() - 1);
    byte[] values = new byte[last.remaining()];
    last.duplicate().get(values);
    byte[] smaller = Zstd.compress(values);
    parts.add(ByteBuffer.wrap(smaller));
    int saved = values.length - smaller.length;
    savedBytes += saved;
    return EncodedPage.of(header, parts, rows, saved);
  }

  private void add(EncodedPage page) {
    pages.add(page);
    bytes += page.size();
  }

  @Override
  public void writePageV2(
      int rowCount,
      int nullCount,
      int valueCount,
      BytesInput repetitionLevels,
      BytesInput definitionLevels,
      Encoding dataEncoding,
      BytesInput data,
      Statistics<?> pageStatistics)
      throws IOException {
    ByteBuffer repetition = ByteBuffer.wrap(bytesOf(repetitionLevels));
    ByteBuffer definition = ByteBuffer.wrap(bytesOf(definitionLevels));
    DataPageHeaderV2 header =
        new DataPageHeaderV2(
            valueCount,
            nullCount,
            rowCount,
            footerEncoding(dataEncoding),
            definition.remaining(),
            repetition.remaining());
    add(header, List.of(repetition, definition, ByteBuffer.wrap(bytesOf(data))), pageStatistics);
  }

  @Override
  public void writePageV2(
      int rowCount,
      int nullCount,
      int valueCount,
      BytesInput repetitionLevels,
      BytesInput definitionLevels,
      Encoding dataEncoding,
      BytesInput data,
      Statistics<?> pageStatistics,
      SizeStatistics sizeStatistics,
      GeospatialStatistics geospatialStatistics)
      throws IOException {
    writePageV2(
        rowCount,
        nullCount,
        valueCount,
        repetitionLevels,
        definitionLevels,
        dataEncoding,
        data,
        pageStatistics);
  }

  @Override
  public void writeDictionaryPage(DictionaryPage page) throws IOException {
    PageHeader header = new PageHeader(PageType.DICTIONARY_PAGE, 0, 0);
    header.setDictionary_page_header(
        new DictionaryPageHeader(
            page.getDictionarySize(), org.apache.parquet.format.Encoding.PLAIN));
    dictionary = encoded(header, List.of(ByteBuffer.wrap(bytesOf(page.getBytes()))), 0);
    bytes += dictionary.size();
  }

  /** The first writer version says PLAIN_DICTIONARY for what is RLE_DICTIONARY since. */
  private static org.apache.parquet.format.Encoding footerEncoding(Encoding encoding) {
    return switch (encoding) {
      case PLAIN -> org.apache.parquet.format.Encoding.PLAIN;
      case PLAIN_DICTIONARY, RLE_DICTIONARY -> org.apache.parquet.format.Encoding.RLE_DICTIONARY;
      default -> throw new AssertionError("Encoding " + encoding + " was not asked for");
    };
  }

  @Override
  @SuppressWarnings("deprecation") // of the interface
  public void writePage(
      BytesInput bytesInput,
      int valueCount,
      Statistics<?> pageStatistics,
      Encoding repetition,
      Encoding definition,
      Encoding data) {
    throw new UnsupportedOperationException("Only pages of version 2 are written");
  }

  @Override
  public void writePage(
      BytesInput bytesInput,
      int valueCount,
      int rowCount,
      Statistics<?> pageStatistics,
      Encoding repetition,
      Encoding definition,
      Encoding data) {
    throw new UnsupportedOperationException("Only pages of version 2 are written");
  }

  @Override
  public long getMemSize() {
    return bytes;
  }

  @Override
  public long allocatedSize() {
    return bytes;
  }

  @Override
  public String memUsageString(String prefix) {
    return prefix + column + ": " + bytes + " bytes";
  }
}
