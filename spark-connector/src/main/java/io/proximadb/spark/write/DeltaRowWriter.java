package io.proximadb.spark.write;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorRecord;
import io.proximadb.spark.types.RowPlaces;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.TableContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DeltaWriter;
import org.apache.spark.sql.connector.write.DeltaWriterFactory;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/** The changes of one task attempt: places of old rows, and new rows written to staging. */
final class DeltaRowWriter implements DeltaWriter<InternalRow> {
  private final Factory factory;
  private final int fileOrdinal;
  private final int positionOrdinal;

  /** Of the hidden expiry among the metadata; -1 if the table shows it. */
  private final int expiryOrdinal;

  private final RecordValidator validator;
  private final Map<String, RoaringBitmap> deleted = new HashMap<>();
  private @Nullable RecordReader reader;
  private @Nullable SegmentWriter segments;
  private @Nullable String previousId;
  private boolean ended;

  private DeltaRowWriter(Factory factory) {
    this.factory = factory;
    this.fileOrdinal = factory.rowId().fieldIndex(RowPlaces.FILE);
    this.positionOrdinal = factory.rowId().fieldIndex(RowPlaces.POSITION);
    StructType metadata = factory.metadata();
    this.expiryOrdinal =
        metadata == null ? -1 : List.of(metadata.fieldNames()).indexOf(SystemColumns.EXPIRES_AT);
    this.validator = new RecordValidator(factory.table().schema());
  }

  @Override
  public void delete(@Nullable InternalRow metadata, InternalRow id) {
    deleted
        .computeIfAbsent(id.getUTF8String(fileOrdinal).toString(), key -> new RoaringBitmap())
        .add(Math.toIntExact(id.getLong(positionOrdinal)));
  }

  @Override
  public void update(@Nullable InternalRow metadata, InternalRow id, InternalRow row) {
    delete(metadata, id);
    VectorRecord record = read(row);
    if (expiryOrdinal >= 0 && metadata != null && !metadata.isNullAt(expiryOrdinal)) {
      record =
          new VectorRecord(
              record.id(),
              record.vectors(),
              record.metadata(),
              Timestamps.ofMicros(metadata.getLong(expiryOrdinal)));
    }
    append(record);
  }

  @Override
  public void insert(InternalRow row) {
    append(read(row));
  }

  private VectorRecord read(InternalRow row) {
    if (reader == null) {
      reader = new RecordReader(factory.table().schema(), factory.schema());
    }
    return reader.read(row);
  }

  private void append(VectorRecord record) {
    if (record.id().equals(previousId)) {
      throw new InvalidArgumentException(
          "Invalid id: '"
              + record.id()
              + "' stands twice among the rows that the statement writes (expected each id once)");
    }
    if (segments == null) {
      segments = SegmentWriters.forRows(factory.table(), RecordWriter.PURPOSE);
    }
    segments.append(validator.toRow(record, factory.version(), factory.version()));
    previousId = record.id();
  }

  @Override
  public WriterCommitMessage commit() {
    TaskResult result = new TaskResult(segments == null ? List.of() : segments.finish(), deleted);
    ended = true;
    return result;
  }

  /** Deletes what this attempt wrote. */
  @Override
  public void abort() {
    close();
  }

  /** Called in every case, after a commit too, which it leaves alone. */
  @Override
  public void close() {
    if (!ended) {
      ended = true;
      if (segments != null) {
        segments.close();
      }
    }
  }

  /**
   * Makes the writers of a job.
   *
   * @param schema of new rows; empty if there are none
   * @param rowId of what says which old row is meant
   * @param metadata of what comes with old rows
   * @param version of every row of the job, microseconds since 1970
   */
  record Factory(
      TableContext table,
      StructType schema,
      StructType rowId,
      @Nullable StructType metadata,
      long version)
      implements DeltaWriterFactory {
    @Override
    public DeltaWriter<InternalRow> createWriter(int partitionId, long taskId) {
      return new DeltaRowWriter(this);
    }
  }
}
