package io.proximadb.flink;

import io.proximadb.env.Clock;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.Row;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.data.RowData;

/**
 * Keeps the last change of each id since the last barrier, and writes them to segments: at the
 * barrier, or earlier when the buffer is full. Segments wait in staging, where nobody sees them,
 * until the checkpoint is committed.
 *
 * <p>A row that is not valid fails the job before anything of its checkpoint is visible.
 */
final class ProximaSinkWriter
    implements CommittingSinkWriter<RowData, WriterResult>, StatefulSinkWriter<RowData, Long> {
  /** Names the folder of staged files. */
  private static final String PURPOSE = "flink";

  /** What an entry of the buffer takes beside its row: map entry, key reference, holder. */
  private static final long ENTRY_BYTES = 80;

  private final TableContext table;
  private final RowDataConverter converter;
  private final RecordValidator validator;
  private final long bufferBytes;
  private final long restoredCheckpointId;
  private final Clock clock;
  private final Counter recordsSent;

  /** By id: the new row, or empty for a deletion. */
  private Map<String, Optional<Row>> changes = new LinkedHashMap<>();

  private long changeBytes;

  /** Version of the rows in the buffer: the time of its first change, later than any before. */
  private long version;

  private List<Batch> batches = new ArrayList<>();

  ProximaSinkWriter(
      TableContext table,
      RowDataConverter converter,
      long bufferBytes,
      long restoredCheckpointId,
      Clock clock,
      Counter recordsSent) {
    this.table = table;
    this.converter = converter;
    this.validator = new RecordValidator(table.schema());
    this.bufferBytes = bufferBytes;
    this.restoredCheckpointId = restoredCheckpointId;
    this.clock = clock;
    this.recordsSent = recordsSent;
  }

  @Override
  public void write(RowData row, Context context) {
    if (changes.isEmpty()) {
      version = Math.max(clock.nowMicros(), version + 1);
    }
    switch (row.getRowKind()) {
      case INSERT, UPDATE_AFTER -> {
        Row valid = validator.toRow(converter.toRecord(row), version, version);
        change(valid.id(), Optional.of(valid));
      }
      case DELETE, UPDATE_BEFORE -> {
        String id = converter.id(row);
        RecordValidator.checkId(id);
        change(id, Optional.empty());
      }
    }
    recordsSent.inc();
    if (changeBytes >= bufferBytes) {
      writeBatch();
    }
  }

  private void change(String id, Optional<Row> row) {
    Optional<Row> replaced = changes.put(id, row);
    changeBytes += bytes(id, row);
    if (replaced != null) {
      changeBytes -= bytes(id, replaced);
    }
  }

  private static long bytes(String id, Optional<Row> row) {
    return ENTRY_BYTES + (row.isPresent() ? row.get().estimatedBytes() : 2L * id.length());
  }

  @Override
  public void flush(boolean endOfInput) {
    writeBatch();
  }

  private void writeBatch() {
    if (changes.isEmpty()) {
      return;
    }
    batches.add(new Batch(List.copyOf(changes.keySet()), writeSegments()));
    changes = new LinkedHashMap<>();
    changeBytes = 0;
  }

  private List<StagedSegment> writeSegments() {
    if (changes.values().stream().noneMatch(Optional::isPresent)) {
      return List.of();
    }
    SegmentWriter writer = SegmentWriters.forRows(table, PURPOSE);
    boolean finished = false;
    try {
      changes.values().forEach(row -> row.ifPresent(writer::append));
      List<StagedSegment> segments = writer.finish();
      finished = true;
      return segments;
    } finally {
      if (!finished) {
        writer.close();
      }
    }
  }

  @Override
  public Collection<WriterResult> prepareCommit() {
    writeBatch();
    if (batches.isEmpty()) {
      return List.of();
    }
    WriterResult result = new WriterResult(restoredCheckpointId, batches);
    batches = new ArrayList<>();
    return List.of(result);
  }

  /**
   * The checkpoint's id: a later attempt has to know where it started from, which Flink tells only
   * to operators that have state.
   */
  @Override
  public List<Long> snapshotState(long checkpointId) {
    return List.of(checkpointId);
  }

  /** Deletes what no checkpoint has taken over: the job starts again before those rows. */
  @Override
  public void close() {
    for (Batch batch : batches) {
      for (StagedSegment segment : batch.segments()) {
        Staging.discard(table.io(), segment);
      }
    }
    batches = new ArrayList<>();
  }
}
