package io.proximadb.storage.viper;

import com.github.luben.zstd.Zstd;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.ByteRange;
import io.proximadb.io.FileBytes;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.Util;

/**
 * The pages of one leaf column in one row group. Header and body of a page are verified when it is
 * first asked for. Of a mapped file the page is then kept if it is but a view; of a remote one
 * pages are fetched several at a time, and kept while the heap has room. Safe for use by several
 * threads.
 */
final class ChunkReader {
  /**
   * Bytes fetched from a remote file at least: a request costs as much as reading about as many.
   */
  private static final int WINDOW_BYTES = 1 << 20;

  private final FileBytes file;
  private final ColumnDescriptor leaf;
  private final boolean compressed;

  /** Of all pages; the dictionary, if there is one, is the first. */
  private final long[] offsets;

  private final int[] sizes;
  private final int[] headerLengths;
  private final int[] headerChecksums;

  /** Number of pages before the first data page: 1 with a dictionary, else 0. */
  private final int dictionaries;

  /** First row in the file of each data page, and the row after the last. */
  private final int[] firstRows;

  private final AtomicReferenceArray<Page> seen;

  /** Of a remote file, the pages that were fetched last. */
  private volatile SoftReference<Window> window = new SoftReference<>(null);

  /** Pages {@code first} to {@code end}, exclusive. */
  private record Window(int first, int end, ByteBuffer bytes) {}

  private ChunkReader(
      FileBytes file,
      ColumnDescriptor leaf,
      boolean compressed,
      long[] offsets,
      int[] sizes,
      int[] headerLengths,
      int[] headerChecksums,
      int[] firstRows) {
    this.file = file;
    this.leaf = leaf;
    this.compressed = compressed;
    this.offsets = offsets;
    this.sizes = sizes;
    this.headerLengths = headerLengths;
    this.headerChecksums = headerChecksums;
    this.firstRows = firstRows;
    this.dictionaries = offsets.length - (firstRows.length - 1);
    this.seen = new AtomicReferenceArray<>(offsets.length);
  }

  /** The chunk whose first page is the given one in the file's order of pages. */
  static ChunkReader of(
      FileBytes file,
      ColumnDescriptor leaf,
      ColumnChunk chunk,
      OffsetIndex index,
      ChecksumBlock block,
      int firstPage,
      int firstRow,
      int endRow) {
    ColumnMetaData meta = chunk.getMeta_data();
    List<PageLocation> locations = index.getPage_locations();
    int dictionaries = meta.isSetDictionary_page_offset() ? 1 : 0;
    int count = locations.size() + dictionaries;
    long[] offsets = new long[count];
    int[] sizes = new int[count];
    int[] firstRows = new int[locations.size() + 1];
    if (dictionaries > 0) {
      offsets[0] = meta.getDictionary_page_offset();
      sizes[0] = (int) (meta.getData_page_offset() - offsets[0]);
    }
    for (int i = 0; i < locations.size(); i++) {
      PageLocation location = locations.get(i);
      offsets[dictionaries + i] = location.getOffset();
      sizes[dictionaries + i] = location.getCompressed_page_size();
      firstRows[i] = firstRow + (int) location.getFirst_row_index();
    }
    firstRows[locations.size()] = endRow;
    return new ChunkReader(
        file,
        leaf,
        isCompressed(file, meta),
        offsets,
        sizes,
        Arrays.copyOfRange(block.headerLengths(), firstPage, firstPage + count),
        Arrays.copyOfRange(block.headerChecksums(), firstPage, firstPage + count),
        firstRows);
  }

  private static boolean isCompressed(FileBytes file, ColumnMetaData meta) {
    if (meta.getCodec() == FileProfile.CODEC) {
      return true;
    }
    if (meta.getCodec() != CompressionCodec.UNCOMPRESSED) {
      throw new UnsupportedVersionException(
          "Unsupported codec in "
              + file.location()
              + ": "
              + meta.getCodec()
              + " (supported: "
              + FileProfile.CODEC
              + ")");
    }
    return false;
  }

  /** True if values come out of decompression, and are not those of the file. */
  boolean isCompressed() {
    return compressed;
  }

  ColumnDescriptor leaf() {
    return leaf;
  }

  /** Pages with the dictionary, for counting through the file. */
  int storedPages() {
    return offsets.length;
  }

  /** Data pages. */
  int pageCount() {
    return firstRows.length - 1;
  }

  /** First row in the file of a data page; that of {@link #pageCount()} is the row after all. */
  int firstRow(int page) {
    return firstRows[page];
  }

  /** The data page that holds a row, which must be in this row group. */
  int pageOf(int row) {
    int found = Arrays.binarySearch(firstRows, row);
    return found >= 0 ? found : -found - 2;
  }

  boolean hasDictionary() {
    return dictionaries > 0;
  }

  /** The dictionary page. */
  Page dictionary() {
    return stored(0);
  }

  /**
   * A data page.
   *
   * @throws CorruptFileException if its header or body is damaged
   */
  Page page(int page) {
    return stored(dictionaries + page);
  }

  private Page stored(int i) {
    Page page = seen.getAcquire(i);
    if (page == null) {
      page = read(i);
      if (file.isMapped() && !compressed) {
        seen.setRelease(i, page);
      }
    }
    return page;
  }

  /** Adds where the pages of rows stand that are in this row group, the dictionary included. */
  void addPages(int from, int to, List<ByteRange> ranges) {
    int first = pageOf(Math.max(from, firstRows[0]));
    int end = pageOf(Math.min(to, firstRows[firstRows.length - 1]) - 1) + 1;
    if (dictionaries > 0) {
      ranges.add(new ByteRange(offsets[0], sizes[0]));
    }
    for (int i = dictionaries + first; i < dictionaries + end; i++) {
      ranges.add(new ByteRange(offsets[i], sizes[i]));
    }
  }

  private ByteBuffer bytes(int i) {
    if (file.isMapped() || file.isPrefetched(offsets[i], sizes[i])) {
      return file.read(offsets[i], sizes[i]);
    }
    Window current = window.get();
    if (current == null || i < current.first() || i >= current.end()) {
      int end = i + 1;
      while (end < offsets.length && offsets[end] + sizes[end] - offsets[i] <= WINDOW_BYTES) {
        end++;
      }
      int length = (int) (offsets[end - 1] + sizes[end - 1] - offsets[i]);
      current = new Window(i, end, file.read(offsets[i], length));
      window = new SoftReference<>(current);
    }
    return current.bytes().slice((int) (offsets[i] - offsets[current.first()]), sizes[i]);
  }

  private Page read(int i) {
    ByteBuffer bytes = bytes(i);
    PageHeader header = header(i, bytes.slice(0, headerLengths[i]));
    ByteBuffer body = bytes.slice(headerLengths[i], sizes[i] - headerLengths[i]);
    CRC32 crc = new CRC32();
    crc.update(body.duplicate());
    if ((int) crc.getValue() != header.getCrc()) {
      throw ChecksumBlock.damaged(
          file,
          "page of column " + String.join(".", leaf.getPath()),
          offsets[i] + headerLengths[i],
          header.getCrc(),
          (int) crc.getValue());
    }
    if (i < dictionaries) {
      int values = header.getDictionary_page_header().getNum_values();
      ByteBuffer none = body.slice(0, 0);
      return new Page(
          0,
          values,
          0,
          header.getDictionary_page_header().getEncoding(),
          none,
          none,
          values(i, body, header.getUncompressed_page_size()));
    }
    DataPageHeaderV2 data = header.getData_page_header_v2();
    int repetition = data.getRepetition_levels_byte_length();
    int levels = repetition + data.getDefinition_levels_byte_length();
    return new Page(
        data.getNum_rows(),
        data.getNum_values(),
        data.getNum_nulls(),
        data.getEncoding(),
        body.slice(0, repetition),
        body.slice(repetition, levels - repetition),
        values(
            i,
            body.slice(levels, body.limit() - levels),
            header.getUncompressed_page_size() - levels));
  }

  /** The values of a page as they were before compression. */
  private ByteBuffer values(int i, ByteBuffer stored, int length) {
    if (!compressed) {
      return stored;
    }
    byte[] smaller = new byte[stored.remaining()];
    stored.get(smaller);
    byte[] values = new byte[length];
    long found = Zstd.decompress(values, smaller);
    if (found != length) {
      throw new CorruptFileException(
          "Cannot read file "
              + file.location()
              + ": damaged page of column "
              + String.join(".", leaf.getPath())
              + " at offset "
              + offsets[i]
              + " (bytes="
              + found
              + ", expected="
              + length
              + ")");
    }
    return ByteBuffer.wrap(values);
  }

  private PageHeader header(int i, ByteBuffer bytes) {
    String part = "header of a page of column " + String.join(".", leaf.getPath());
    ChecksumBlock.verify(file, part, offsets[i], bytes, headerChecksums[i]);
    try {
      return Util.readPageHeader(new BufferStream(bytes));
    } catch (IOException e) {
      throw new CorruptFileException(
          "Cannot read file " + file.location() + ": damaged " + part + " at offset " + offsets[i],
          e);
    }
  }
}
