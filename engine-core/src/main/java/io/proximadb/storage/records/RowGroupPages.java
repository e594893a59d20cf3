package io.proximadb.storage.records;

import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.io.FileBytes;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.RowGroup;

/** The pages of one row group, read column by column as they are asked for. */
final class RowGroupPages implements PageReadStore {
  private final FileBytes file;
  private final RowGroup group;
  private final long firstRow;

  RowGroupPages(FileBytes file, RowGroup group, long firstRow) {
    this.file = file;
    this.group = group;
    this.firstRow = firstRow;
  }

  @Override
  public PageReader getPageReader(ColumnDescriptor leaf) {
    List<String> path = Arrays.asList(leaf.getPath());
    for (ColumnChunk chunk : group.getColumns()) {
      ColumnMetaData meta = chunk.getMeta_data();
      if (meta != null && meta.getPath_in_schema().equals(path)) {
        return open(leaf, meta);
      }
    }
    throw ParquetRecordFile.corrupt(
        file, "no column " + path + " in a row group", file.size(), null);
  }

  private ChunkPageReader open(ColumnDescriptor leaf, ColumnMetaData meta) {
    long start = meta.getData_page_offset();
    if (meta.isSetDictionary_page_offset()
        && meta.getDictionary_page_offset() > 0
        && meta.getDictionary_page_offset() < start) {
      start = meta.getDictionary_page_offset();
    }
    long length = meta.getTotal_compressed_size();
    if (length > Integer.MAX_VALUE) {
      throw new ResourceExhaustedException(
          "Cannot read column "
              + String.join(".", leaf.getPath())
              + " of "
              + file.location()
              + ": "
              + length
              + " bytes in one row group (expected below 2 GiB; write smaller row groups)");
    }
    if (length < 0 || start < 0 || start > file.size() - length) {
      throw ParquetRecordFile.corrupt(file, "a column chunk of " + length + " bytes", start, null);
    }
    return new ChunkPageReader(file, leaf, meta, start, file.read(start, (int) length));
  }

  @Override
  public long getRowCount() {
    return group.getNum_rows();
  }

  @Override
  public Optional<Long> getRowIndexOffset() {
    return Optional.of(firstRow);
  }
}
