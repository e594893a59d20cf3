package io.proximadb.spark.write;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.TableContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The rows of one task attempt, checked and written to staging. */
final class RecordWriter implements DataWriter<InternalRow> {
  /** Names the staging folder. */
  static final String PURPOSE = "spark";

  private final RecordReader reader;
  private final RecordValidator validator;
  private final long version;
  private final SegmentWriter segments;
  private @Nullable String previousId;
  private boolean ended;

  private RecordWriter(TableContext table, StructType schema, long version) {
    this.reader = new RecordReader(table.schema(), schema);
    this.validator = new RecordValidator(table.schema());
    this.version = version;
    this.segments = SegmentWriters.forRows(table, PURPOSE);
  }

  @Override
  public void write(InternalRow row) {
    VectorRecord record = reader.read(row);
    if (record.id().equals(previousId)) {
      throw new InvalidArgumentException(
          "Invalid id: '"
              + record.id()
              + "' stands twice in this job (expected each id once; dropDuplicates(\"id\") keeps"
              + " one)");
    }
    segments.append(validator.toRow(record, version, version));
    previousId = record.id();
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
   * @param version of every row of the job, microseconds since 1970
   */
  record Factory(TableContext table, StructType schema, long version) implements DataWriterFactory {
    @Override
    public DataWriter<InternalRow> createWriter(int partitionId, long taskId) {
      return new RecordWriter(table, schema, version);
    }
  }
}
