package io.proximadb.storage.viper;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SchemaParser;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.KeyValue;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * An open file whose footer and page indexes were verified.
 *
 * @param bytes the file
 * @param schema the columns of the file
 * @param parquetSchema the same in Parquet's terms
 * @param chunks by leaf and row group
 * @param groupStarts first row of each row group, and the row count at the end
 */
@SuppressWarnings("ArrayRecordComponent")
record ViperFile(
    FileBytes bytes,
    Schema schema,
    MessageType parquetSchema,
    List<List<ChunkReader>> chunks,
    int[] groupStarts) {
  private static final List<String> SUPPORTED =
      List.of(ViperFormat.VERSION, ViperFormat.COMPACT_VERSION, ViperFormat.COLD_VERSION);

  /** The footer's length and the magic. */
  private static final int TAIL_BYTES = 8;

  /** A footer starts with the field "version", an int, as Thrift's compact protocol writes it. */
  private static final byte FOOTER_FIRST_BYTE = 0x15;

  int rowCount() {
    return groupStarts[groupStarts.length - 1];
  }

  /** The row group that holds a row. */
  int groupOf(int row) {
    int found = Arrays.binarySearch(groupStarts, row);
    return found >= 0 ? found : -found - 2;
  }

  /**
   * Reads what is needed to find pages. The caller keeps the file open.
   *
   * @return null if it is a Parquet file that another writer wrote
   */
  static @Nullable ViperFile open(FileBytes file, DataFile expected) {
    if (file.size() != expected.fileSizeInBytes()) {
      throw new CorruptFileException(
          "Cannot read file "
              + file.location()
              + ": it ends at offset "
              + file.size()
              + " (expected "
              + expected.fileSizeInBytes()
              + ")");
    }
    if (file.size() < ViperFormat.PARQUET_MAGIC.length + TAIL_BYTES) {
      throw corrupt(file, "no room for a footer", 0, null);
    }
    checkMagic(file, file.size() - ViperFormat.PARQUET_MAGIC.length);
    if (file.isMapped() || file.isPrefetched(0, ViperFormat.PARQUET_MAGIC.length)) {
      // Of a large remote file this would cost a request, and prove nothing.
      checkMagic(file, 0);
    }
    long lengthOffset = file.size() - TAIL_BYTES;
    int footerLength = file.read(lengthOffset, Integer.BYTES).getInt();
    long footerStart = lengthOffset - footerLength;
    if (footerLength <= 0 || footerStart < ViperFormat.PARQUET_MAGIC.length) {
      throw corrupt(file, "footer length " + footerLength, lengthOffset, null);
    }
    ByteBuffer footerBytes = file.read(footerStart, footerLength);
    ChecksumBlock block = ChecksumBlock.read(file, footerStart);
    if (block != null) {
      ChecksumBlock.verify(file, "footer", footerStart, footerBytes, block.footerChecksum());
    }
    FileMetaData footer = parseFooter(file, footerStart, footerBytes);
    if (keyValue(footer, ViperFormat.VERSION_KEY) == null) {
      return null;
    }
    checkVersion(file, footer);
    if (block == null) {
      throw corrupt(file, "damaged checksum block before the footer", footerStart, null);
    }
    return of(file, footer, block, expected);
  }

  private static void checkMagic(FileBytes file, long offset) {
    byte[] found = new byte[ViperFormat.PARQUET_MAGIC.length];
    file.read(offset, found.length).get(found);
    if (!Arrays.equals(found, ViperFormat.PARQUET_MAGIC)) {
      throw corrupt(file, "no Parquet magic (found " + Arrays.toString(found) + ")", offset, null);
    }
  }

  private static FileMetaData parseFooter(FileBytes file, long start, ByteBuffer bytes) {
    if (bytes.get(0) != FOOTER_FIRST_BYTE) {
      throw corrupt(file, "no footer", start, null);
    }
    try {
      return Util.readFileMetaData(new BufferStream(bytes));
    } catch (IOException | RuntimeException e) {
      // Without a checksum the parser may meet anything and fail in any way.
      throw corrupt(file, "damaged footer", start, e);
    }
  }

  private static void checkVersion(FileBytes file, FileMetaData footer) {
    String version = keyValue(footer, ViperFormat.VERSION_KEY);
    if (!SUPPORTED.contains(version)) {
      throw new UnsupportedVersionException(
          "Unsupported data file "
              + file.location()
              + ": viper v"
              + version
              + " (supported: "
              + SUPPORTED
              + ")");
    }
  }

  private static @Nullable String keyValue(FileMetaData footer, String key) {
    if (footer.getKey_value_metadata() != null) {
      for (KeyValue pair : footer.getKey_value_metadata()) {
        if (pair.getKey().equals(key)) {
          return pair.getValue();
        }
      }
    }
    return null;
  }

  private static ViperFile of(
      FileBytes file, FileMetaData footer, ChecksumBlock block, DataFile expected) {
    if (footer.getNum_rows() != expected.recordCount()) {
      throw corrupt(
          file,
          footer.getNum_rows() + " rows (expected " + expected.recordCount() + ")",
          block.start(),
          null);
    }
    ByteBuffer indexes = file.read(block.indexStart(), (int) (block.start() - block.indexStart()));
    ChecksumBlock.verify(file, "page indexes", block.indexStart(), indexes, block.indexChecksum());
    String json =
        Objects.requireNonNull(keyValue(footer, ViperFormat.ICEBERG_SCHEMA_KEY), "schema");
    Schema schema = SchemaParser.fromJson(json);
    MessageType parquetSchema = ParquetSchemas.messageType(schema.columns());
    List<ColumnDescriptor> leaves = parquetSchema.getColumns();
    List<List<ChunkReader>> chunks = new ArrayList<>();
    leaves.forEach(leaf -> chunks.add(new ArrayList<>()));
    int[] groupStarts = new int[footer.getRow_groups().size() + 1];
    int page = 0;
    for (int group = 0; group < groupStarts.length - 1; group++) {
      RowGroup rowGroup = footer.getRow_groups().get(group);
      groupStarts[group + 1] = groupStarts[group] + (int) rowGroup.getNum_rows();
      for (int leaf = 0; leaf < leaves.size(); leaf++) {
        var chunk = rowGroup.getColumns().get(leaf);
        OffsetIndex offsets =
            parseOffsets(
                file, indexes, (int) (chunk.getOffset_index_offset() - block.indexStart()));
        ChunkReader reader =
            ChunkReader.of(
                file,
                leaves.get(leaf),
                chunk,
                offsets,
                block,
                page,
                groupStarts[group],
                groupStarts[group + 1]);
        page += reader.storedPages();
        chunks.get(leaf).add(reader);
      }
    }
    return new ViperFile(file, schema, parquetSchema, chunks, groupStarts);
  }

  private static OffsetIndex parseOffsets(FileBytes file, ByteBuffer indexes, int offset) {
    ByteBuffer bytes = indexes.duplicate().position(offset);
    try {
      return Util.readOffsetIndex(new BufferStream(bytes));
    } catch (IOException e) {
      throw corrupt(file, "damaged offset index", offset, e);
    }
  }

  private static CorruptFileException corrupt(
      FileBytes file, String reason, long offset, @Nullable Throwable cause) {
    return new CorruptFileException(
        "Cannot read file " + file.location() + ": " + reason + " at offset " + offset, cause);
  }
}
