package io.proximadb.storage.records;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.SeekableInput;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.avro.AvroSchemaUtil;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.PlannedDataReader;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.mapping.NameMapping;
import org.jspecify.annotations.Nullable;

/** Avro of any writer, by Iceberg's reader over runs of blocks. */
final class AvroRecordFile implements RecordFile {
  /** Compressed bytes of a piece, about: some ten thousand rows of vectors. */
  private static final long PIECE_BYTES = 4L << 20;

  /** Sync marker before each block. */
  private static final int SYNC_BYTES = 16;

  private final InputFile file;
  private final @Nullable NameMapping names;
  private final org.apache.avro.Schema schema;
  private final List<Long> offsets;
  private final List<Integer> firstRows;

  private AvroRecordFile(
      InputFile file,
      @Nullable NameMapping names,
      org.apache.avro.Schema schema,
      List<Long> offsets,
      List<Integer> firstRows) {
    this.file = file;
    this.names = names;
    this.schema = schema;
    this.offsets = offsets;
    this.firstRows = firstRows;
  }

  /** Walks over the file's blocks once: Avro has no footer. */
  static AvroRecordFile open(FileIO io, ContentFile<?> content, @Nullable NameMapping names) {
    InputFile file = io.newInputFile(content.location(), content.fileSizeInBytes());
    List<Long> offsets = new ArrayList<>();
    List<Integer> firstRows = new ArrayList<>();
    int rows = 0;
    long end = content.fileSizeInBytes();
    org.apache.avro.Schema schema;
    try (DataFileReader<GenericRecord> blocks =
        new DataFileReader<>(
            new Input(file, content.fileSizeInBytes()), new GenericDatumReader<>())) {
      schema = blocks.getSchema();
      while (blocks.hasNext()) {
        long offset = blocks.previousSync() - SYNC_BYTES;
        if (offsets.isEmpty() || offset - offsets.get(offsets.size() - 1) >= PIECE_BYTES) {
          offsets.add(offset);
          firstRows.add(rows);
        }
        rows = Math.addExact(rows, Math.toIntExact(blocks.getBlockCount()));
        blocks.nextBlock();
      }
    } catch (IOException | AvroRuntimeException e) {
      throw unreadable(content.location(), e);
    }
    if (rows != content.recordCount()) {
      throw new CorruptFileException(
          "Cannot read file "
              + content.location()
              + ": it has "
              + rows
              + " rows (expected "
              + content.recordCount()
              + ", as the table says)");
    }
    offsets.add(end);
    firstRows.add(rows);
    return new AvroRecordFile(file, names, schema, List.copyOf(offsets), List.copyOf(firstRows));
  }

  private static RuntimeException unreadable(String location, Exception e) {
    return e instanceof IOException
        ? new UnavailableException("Cannot read file " + location + ": " + e.getMessage(), e)
        : new CorruptFileException(
            "Cannot read file " + location + ": damaged Avro (" + e + ")", e);
  }

  @Override
  public int pieceCount() {
    return offsets.size() - 1;
  }

  @Override
  public int firstRow(int piece) {
    return firstRows.get(piece);
  }

  @Override
  public Set<Integer> present(Set<Integer> fieldIds) {
    Set<Integer> present = new HashSet<>();
    for (org.apache.avro.Schema.Field field : schema.getFields()) {
      Object id = field.getObjectProp(AvroSchemaUtil.FIELD_ID_PROP);
      if (id instanceof Number number && fieldIds.contains(number.intValue())) {
        present.add(number.intValue());
      }
    }
    return present;
  }

  @Override
  public CloseableIterable<Record> read(int piece, Schema columns) {
    long start = offsets.get(piece);
    Avro.ReadBuilder read =
        Avro.read(file)
            .project(columns)
            .createResolvingReader(PlannedDataReader::create)
            .split(start, offsets.get(piece + 1) - start);
    if (names != null) {
      read.withNameMapping(names);
    }
    return new CheckedRows(file.location(), firstRow(piece), () -> read.<Record>build().iterator());
  }

  /** Streams are open for the length of a read only. */
  @Override
  public void close() {}

  /** What Avro wants to seek in. */
  private static final class Input implements SeekableInput {
    private final SeekableInputStream stream;
    private final long length;

    Input(InputFile file, long length) {
      this.stream = file.newStream();
      this.length = length;
    }

    @Override
    public void seek(long position) throws IOException {
      stream.seek(position);
    }

    @Override
    public long tell() throws IOException {
      return stream.getPos();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      return stream.read(bytes, offset, count);
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }
}
