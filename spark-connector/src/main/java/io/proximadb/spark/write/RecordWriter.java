package io.proximadb.spark.write;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.TableContext;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.connector.write.streaming.StreamingDataWriterFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** The rows of one task attempt, checked and written to staging. */
final class RecordWriter implements DataWriter<InternalRow> {
  /** Names the staging folder. */
  static final String PURPOSE = "spark";

  private final RecordReader reader;
  private final RecordValidator validator;
  private final long version;
  private final SegmentWriter segments;

  /** Of the version column; -1 if an id may stand once only. */
  private final int versionOrdinal;

  private final @Nullable DataType versionType;
  private @Nullable String previousId;
  private @Nullable Object previousVersion;
  private boolean ended;

  private RecordWriter(Factory factory) {
    TableContext table = factory.table();
    StructType schema = factory.schema();
    this.reader = new RecordReader(table.schema(), schema);
    this.validator = new RecordValidator(table.schema());
    this.version = factory.version();
    String column = factory.versionColumn();
    this.versionOrdinal = column == null ? -1 : schema.fieldIndex(column);
    this.versionType = column == null ? null : schema.apply(column).dataType();
    this.segments = SegmentWriters.forRows(table, PURPOSE);
  }

  @Override
  public void write(InternalRow row) {
    VectorRecord record = reader.read(row);
    Object ofRow = versionOf(row);
    if (record.id().equals(previousId)) {
      checkLower(record.id(), ofRow);
      return;
    }
    segments.append(validator.toRow(record, version, version));
    previousId = record.id();
    previousVersion = ofRow;
  }

  private @Nullable Object versionOf(InternalRow row) {
    if (versionOrdinal < 0 || row.isNullAt(versionOrdinal)) {
      return null;
    }
    Object value = row.get(versionOrdinal, versionType);
    // The text is a view of a row that Spark writes over.
    return value instanceof UTF8String text ? text.copy() : value;
  }

  /** Rows of an id come with falling versions; only the first of them is written. */
  private void checkLower(String id, @Nullable Object ofRow) {
    if (versionOrdinal < 0) {
      throw new InvalidArgumentException(
          "Invalid id: '"
              + id
              + "' stands twice in this job (expected each id once; dropDuplicates(\"id\") keeps"
              + " one, option "
              + WriteOptions.VERSION_COLUMN
              + " names a column whose greatest value decides)");
    }
    if (Objects.equals(ofRow, previousVersion)) {
      throw new InvalidArgumentException(
          "Invalid id: '"
              + id
              + "' stands twice in this job with the greatest version "
              + ofRow
              + " (expected one row that is the newest)");
    }
  }

  @Override
  public WriterCommitMessage commit() {
    TaskResult result = new TaskResult(segments.finish());
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
      segments.close();
    }
  }

  /**
   * Makes the writers of a job.
   *
   * @param versionColumn of the rows of an id the one with its greatest value is written; null if
   *     an id may stand once only
   * @param version of every row of the job, microseconds since 1970
   */
  record Factory(
      TableContext table, StructType schema, @Nullable String versionColumn, long version)
      implements DataWriterFactory, StreamingDataWriterFactory {
    @Override
    public DataWriter<InternalRow> createWriter(int partitionId, long taskId) {
      return new RecordWriter(this);
    }

    @Override
    public DataWriter<InternalRow> createWriter(int partitionId, long taskId, long epochId) {
      return new RecordWriter(this);
    }
  }
}
