package io.proximadb.storage.records;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.FileBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/** The pages of one column in one row group, in order; for one thread. */
final class ChunkPageReader implements PageReader {
  private final FileBytes file;
  private final ColumnDescriptor leaf;
  private final ColumnMetaData meta;
  private final long start;
  private final ByteBuffer chunk;
  private long valuesLeft;
  private @Nullable Stored ahead;

  /** A page as it is stored. */
  private record Stored(PageHeader header, ByteBuffer body) {}

  ChunkPageReader(
      FileBytes file, ColumnDescriptor leaf, ColumnMetaData meta, long start, ByteBuffer chunk) {
    this.file = file;
    this.leaf = leaf;
    this.meta = meta;
    this.start = start;
    this.chunk = chunk.duplicate();
    this.valuesLeft = meta.getNum_values();
  }

  @Override
  public long getTotalValueCount() {
    return meta.getNum_values();
  }

  @Override
  @SuppressWarnings("NullAway") // null is how the interface says "none"
  public DictionaryPage readDictionaryPage() {
    Stored first = next();
    if (first == null || first.header().getType() != PageType.DICTIONARY_PAGE) {
      ahead = first;
      return null;
    }
    DictionaryPageHeader header = first.header().getDictionary_page_header();
    return new DictionaryPage(
        BytesInput.from(decompress(first.body(), first.header().getUncompressed_page_size())),
        header.getNum_values(),
        encoding(header.getEncoding()));
  }

  @Override
  @SuppressWarnings("NullAway") // null is how the interface says "no more"
  public DataPage readPage() {
    Stored page = ahead;
    ahead = null;
    while (page == null || !isData(page)) {
      if (valuesLeft <= 0) {
        return null;
      }
      page = next();
      if (page == null) {
        throw corrupt("pages end with " + valuesLeft + " values missing", null);
      }
    }
    DataPage data = page.header().getType() == PageType.DATA_PAGE ? version1(page) : version2(page);
    valuesLeft -= data.getValueCount();
    return data;
  }

  /** Dictionaries were read before; index pages are of no use. */
  private static boolean isData(Stored page) {
    return page.header().getType() == PageType.DATA_PAGE
        || page.header().getType() == PageType.DATA_PAGE_V2;
  }

  private DataPage version1(Stored page) {
    DataPageHeader header = page.header().getData_page_header();
    int size = page.header().getUncompressed_page_size();
    return new DataPageV1(
        BytesInput.from(decompress(page.body(), size)),
        header.getNum_values(),
        size,
        Statistics.createStats(leaf.getPrimitiveType()),
        encoding(header.getRepetition_level_encoding()),
        encoding(header.getDefinition_level_encoding()),
        encoding(header.getEncoding()));
  }

  private DataPage version2(Stored page) {
    DataPageHeaderV2 header = page.header().getData_page_header_v2();
    int repetition = header.getRepetition_levels_byte_length();
    int definition = header.getDefinition_levels_byte_length();
    int levels = repetition + definition;
    ByteBuffer body = page.body();
    if (repetition < 0 || definition < 0 || levels > body.remaining()) {
      throw corrupt("levels of " + repetition + " and " + definition + " bytes", null);
    }
    ByteBuffer values = body.slice(body.position() + levels, body.remaining() - levels);
    boolean compressed = !header.isSetIs_compressed() || header.isIs_compressed();
    return DataPageV2.uncompressed(
        header.getNum_rows(),
        header.getNum_nulls(),
        header.getNum_values(),
        BytesInput.from(body.slice(body.position(), repetition)),
        BytesInput.from(body.slice(body.position() + repetition, definition)),
        encoding(header.getEncoding()),
        BytesInput.from(
            compressed
                ? decompress(values, page.header().getUncompressed_page_size() - levels)
                : values),
        Statistics.createStats(leaf.getPrimitiveType()));
  }

  private @Nullable Stored next() {
    if (!chunk.hasRemaining()) {
      return null;
    }
    try {
      ByteBufferInputStream in = ByteBufferInputStream.wrap(chunk.slice());
      PageHeader header = Util.readPageHeader(in);
      int headerLength = Math.toIntExact(in.position());
      int size = header.getCompressed_page_size();
      if (size < 0 || size > chunk.remaining() - headerLength) {
        throw corrupt("a page of " + size + " bytes", null);
      }
      ByteBuffer body = chunk.slice(chunk.position() + headerLength, size);
      checkCrc(header, body);
      chunk.position(chunk.position() + headerLength + size);
      return new Stored(header, body);
    } catch (IOException | RuntimeException e) {
      throw e instanceof CorruptFileException known ? known : corrupt("damaged page header", e);
    }
  }

  private void checkCrc(PageHeader header, ByteBuffer body) {
    if (header.isSetCrc()) {
      CRC32 crc = new CRC32();
      crc.update(body.duplicate());
      if ((int) crc.getValue() != header.getCrc()) {
        throw corrupt(
            "page with checksum "
                + Integer.toHexString((int) crc.getValue())
                + " (expected "
                + Integer.toHexString(header.getCrc())
                + ")",
            null);
      }
    }
  }

  private ByteBuffer decompress(ByteBuffer body, int size) {
    try {
      return PageCodecs.decompress(meta.getCodec(), body, size, file.location());
    } catch (IOException | RuntimeException e) {
      if (e instanceof io.proximadb.error.ProximaException known) {
        throw known;
      }
      throw corrupt("page that does not decompress (" + meta.getCodec() + ")", e);
    }
  }

  private static Encoding encoding(org.apache.parquet.format.Encoding encoding) {
    return Encoding.valueOf(encoding.name());
  }

  private CorruptFileException corrupt(String reason, @Nullable Throwable cause) {
    return ParquetRecordFile.corrupt(
        file,
        reason + " in column " + String.join(".", leaf.getPath()),
        start + chunk.position(),
        cause);
  }
}
