package io.proximadb.storage.records;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.parquet.ParquetSchemaUtil;
import org.apache.iceberg.parquet.ParquetValueReader;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Parquet of any writer: Iceberg's value readers over pages that are read and decompressed here.
 */
final class ParquetRecordFile implements RecordFile {
  /*
   * Iceberg's own entry, Parquet.read, goes through Parquet's file reader, which links Hadoop. Its
   * value readers do not, so only what lies between file and page is done here.
   */
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ENCRYPTED_MAGIC = "PARE".getBytes(StandardCharsets.US_ASCII);

  /** The footer's length and the magic. */
  private static final int TAIL_BYTES = 8;

  private final FileBytes bytes;
  private final FileMetaData footer;
  private final MessageType schema;
  private final int[] groupStarts;

  private ParquetRecordFile(
      FileBytes bytes, FileMetaData footer, MessageType schema, int[] groupStarts) {
    this.bytes = bytes;
    this.footer = footer;
    this.schema = schema;
    this.groupStarts = groupStarts;
  }

  static ParquetRecordFile open(FileIO io, ContentFile<?> file, @Nullable NameMapping names) {
    FileBytes bytes = FileBytes.open(io, file.location(), file.fileSizeInBytes());
    boolean opened = false;
    try {
      FileMetaData footer = footer(bytes);
      int[] groupStarts = new int[footer.getRow_groupsSize() + 1];
      for (int group = 0; group + 1 < groupStarts.length; group++) {
        groupStarts[group + 1] =
            Math.toIntExact(groupStarts[group] + footer.getRow_groups().get(group).getNum_rows());
      }
      int rows = groupStarts[groupStarts.length - 1];
      if (rows != file.recordCount()) {
        throw new CorruptFileException(
            "Cannot read file "
                + file.location()
                + ": it has "
                + rows
                + " rows (expected "
                + file.recordCount()
                + ", as the table says)");
      }
      ParquetRecordFile opening =
          new ParquetRecordFile(bytes, footer, withIds(schema(bytes, footer), names), groupStarts);
      opened = true;
      return opening;
    } finally {
      if (!opened) {
        bytes.close();
      }
    }
  }

  private static FileMetaData footer(FileBytes file) {
    long lengthOffset = file.size() - TAIL_BYTES;
    if (lengthOffset < MAGIC.length) {
      throw corrupt(file, "no room for a footer", 0, null);
    }
    ByteBuffer tail = file.read(lengthOffset, TAIL_BYTES);
    int footerLength = tail.getInt();
    if (tail.equals(ByteBuffer.wrap(ENCRYPTED_MAGIC))) {
      throw new UnsupportedVersionException(
          "Unsupported file " + file.location() + ": its Parquet footer is encrypted");
    }
    if (!tail.equals(ByteBuffer.wrap(MAGIC))) {
      throw corrupt(file, "no Parquet magic", lengthOffset + Integer.BYTES, null);
    }
    long start = lengthOffset - footerLength;
    if (footerLength <= 0 || start < MAGIC.length) {
      throw corrupt(file, "footer length " + footerLength, lengthOffset, null);
    }
    try {
      return Util.readFileMetaData(ByteBufferInputStream.wrap(file.read(start, footerLength)));
    } catch (IOException | RuntimeException e) {
      // Without a checksum the parser may meet anything and fail in any way.
      throw corrupt(file, "damaged footer", start, e);
    }
  }

  private static MessageType schema(FileBytes file, FileMetaData footer) {
    try {
      return new ParquetMetadataConverter()
          .fromParquetMetadata(footer)
          .getFileMetaData()
          .getSchema();
    } catch (IOException | RuntimeException e) {
      throw corrupt(file, "damaged schema or row groups in the footer", file.size(), e);
    }
  }

  /** Field ids as Iceberg finds them: in the file, by the name mapping, or by position. */
  private static MessageType withIds(MessageType schema, @Nullable NameMapping names) {
    if (ParquetSchemaUtil.hasIds(schema)) {
      return schema;
    }
    return names == null
        ? ParquetSchemaUtil.addFallbackIds(schema)
        : ParquetSchemaUtil.applyNameMapping(schema, names);
  }

  static CorruptFileException corrupt(
      FileBytes file, String reason, long offset, @Nullable Throwable cause) {
    return new CorruptFileException(
        "Cannot read file " + file.location() + ": " + reason + " at offset " + offset, cause);
  }

  @Override
  public int pieceCount() {
    return groupStarts.length - 1;
  }

  @Override
  public int firstRow(int piece) {
    return groupStarts[piece];
  }

  @Override
  public Set<Integer> present(Set<Integer> fieldIds) {
    Set<Integer> present = new HashSet<>();
    for (Type field : schema.getFields()) {
      if (field.getId() != null && fieldIds.contains(field.getId().intValue())) {
        present.add(field.getId().intValue());
      }
    }
    return present;
  }

  @Override
  public CloseableIterable<Record> read(int piece, Schema columns) {
    bytes.checkOpen();
    int first = groupStarts[piece];
    return new CheckedRows(
        bytes.location(),
        first,
        () -> {
          ParquetValueReader<Record> reader = GenericParquetReaders.buildReader(columns, schema);
          reader.setPageSource(new RowGroupPages(bytes, footer.getRow_groups().get(piece), first));
          return CloseableIterator.withClose(new Rows(reader, groupStarts[piece + 1] - first));
        });
  }

  @Override
  public void close() {
    bytes.close();
  }

  private static final class Rows implements Iterator<Record> {
    private final ParquetValueReader<Record> reader;
    private final int rows;
    private int next;

    Rows(ParquetValueReader<Record> reader, int rows) {
      this.reader = reader;
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      return next < rows;
    }

    @Override
    @SuppressWarnings("NullAway") // Iceberg's readers take null for "nothing to reuse"
    public Record next() {
      if (!hasNext()) {
        throw new NoSuchElementException("No rows after " + next);
      }
      next++;
      return reader.read(null);
    }
  }
}
