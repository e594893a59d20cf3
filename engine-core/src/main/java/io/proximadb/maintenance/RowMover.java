package io.proximadb.maintenance;

import io.proximadb.catalog.FileRewrite;
import io.proximadb.catalog.LiveFile;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.RowAssembler;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.RowOrder;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Copies the live rows of files into new ones, in the layout's order, and notes where each went.
 *
 * <p>Memory: one batch of rows, the writer's row group, and for each row its place before (the
 * policy's order) and after.
 */
final class RowMover implements AutoCloseable {
  /** A file has rows without an id or a vector that fits. */
  static final class UnmovableFileException extends RuntimeException {
    private final String location;

    UnmovableFileException(String location) {
      super("Cannot move the rows of " + location + ": some have no id, or no vector that fits");
      this.location = location;
    }

    String location() {
      return location;
    }
  }

  /** Bytes of rows that are read at once: long enough runs of each input, a bounded heap. */
  private static final long BATCH_BYTES = 32L << 20;

  private static final int MIN_BATCH_ROWS = 256;
  private static final int MAX_BATCH_ROWS = 65_536;

  private final TableContext context;
  private final RowAssembler rows;
  private final List<CompactionPolicy.Input> inputs = new ArrayList<>();
  private final List<@Nullable RowLineage> lineages = new ArrayList<>();
  private final List<int[]> movedTo = new ArrayList<>();
  private boolean lineage = true;

  private RowMover(TableContext context) {
    this.context = context;
    this.rows = new RowAssembler(context.schema());
  }

  /**
   * Writes the outputs of a compaction, which stay in staging. A file has a vector field for all
   * rows or for none, so inputs that differ in that go to different outputs.
   */
  static FileRewrite move(
      MaintenanceScope scope, CompactionPolicy.Task task, List<LiveFile> liveInputs) {
    return move(scope.table().context(), scope::checkNotStopped, task, liveInputs);
  }

  /** The same without a table. */
  static FileRewrite move(
      TableContext context,
      Runnable checkNotStopped,
      CompactionPolicy.Task task,
      List<LiveFile> liveInputs) {
    CompactionPolicy policy = StorageFormat.of(context).compaction();
    try (RowMover mover = new RowMover(context)) {
      mover.open(liveInputs);
      try (CompactionWriter writer = SegmentWriters.forCompaction(context, policy, task)) {
        mover.copy(checkNotStopped, SegmentWriters.order(context, policy, mover.inputs), writer);
        List<StagedSegment> outputs = writer.finish();
        List<FileRewrite.Input> places = new ArrayList<>();
        for (int i = 0; i < liveInputs.size(); i++) {
          places.add(new FileRewrite.Input(liveInputs.get(i), mover.movedTo.get(i)));
        }
        return new FileRewrite(places, outputs);
      }
    }
  }

  private void open(List<LiveFile> liveInputs) {
    for (LiveFile file : liveInputs) {
      RoaringBitmap dead = file.deletedPositions(context);
      SegmentReader reader = Segments.open(context, file.dataFile());
      inputs.add(new CompactionPolicy.Input(reader, dead));
      checkWhole(reader, dead);
      RowLineage ofFile = reader.lineage();
      lineages.add(ofFile);
      lineage &= ofFile != null;
      int[] places = new int[reader.rowCount()];
      Arrays.fill(places, FileRewrite.GONE);
      movedTo.add(places);
    }
  }

  /**
   * Rows that no collection can hold stay where another engine put them, until they are deleted.
   */
  private void checkWhole(SegmentReader reader, RoaringBitmap dead) {
    boolean whole = isAmong(reader.rowsWithoutId(), dead);
    for (VectorField field : context.schema().vectorFields()) {
      boolean absent = field.optional() && !reader.hasVectors(field.name());
      whole = whole && (absent || isAmong(reader.rowsWithoutVector(field.name()), dead));
    }
    if (!whole) {
      throw new UnmovableFileException(reader.dataFile().location());
    }
  }

  private static boolean isAmong(RoaringBitmap rows, RoaringBitmap others) {
    return RoaringBitmap.andNot(rows, others).isEmpty();
  }

  private void copy(Runnable checkNotStopped, RowOrder order, CompactionWriter writer) {
    int batchRows = batchRows();
    long[] pointers = new long[batchRows];
    long[] clusters = new long[batchRows];
    int moved = 0;
    while (order.hasNext()) {
      checkNotStopped.run();
      int count = 0;
      while (count < batchRows && order.hasNext()) {
        pointers[count] = order.nextLong();
        clusters[count++] = order.clusterId();
      }
      Row[] batch = read(pointers, count);
      for (int i = 0; i < count; i++) {
        int input = (int) (pointers[i] >>> Integer.SIZE);
        int position = (int) pointers[i];
        movedTo.get(input)[position] = moved++;
        append(writer, batch[i], clusters[i], input, position);
      }
    }
  }

  private void append(CompactionWriter writer, Row row, long cluster, int input, int position) {
    RowLineage ofFile = lineages.get(input);
    if (lineage && ofFile != null) {
      writer.append(row, cluster, ofFile.rowId(position), ofFile.updatedIn(position));
    } else {
      writer.append(row, cluster, -1, -1);
    }
  }

  private int batchRows() {
    long bytes = 0;
    long count = 0;
    for (CompactionPolicy.Input input : inputs) {
      bytes += input.reader().dataFile().fileSizeInBytes();
      count += input.reader().rowCount();
    }
    // Vectors may be compressed in the file and are not in memory.
    long floats = context.schema().vectorFields().stream().mapToLong(VectorField::dimension).sum();
    long rowBytes = Math.max(Math.max(1, bytes / Math.max(1, count)), Float.BYTES * floats);
    return (int) Math.max(MIN_BATCH_ROWS, Math.min(MAX_BATCH_ROWS, BATCH_BYTES / rowBytes));
  }

  /** Reads rows of several inputs, of each in the order of its positions. */
  private Row[] read(long[] pointers, int count) {
    // Input and position as they are sort by input; the low bits find the way back.
    long[] sorted = Arrays.copyOf(pointers, count);
    Arrays.sort(sorted);
    Row[] bySorted = new Row[count];
    int from = 0;
    while (from < count) {
      int input = (int) (sorted[from] >>> Integer.SIZE);
      int to = from;
      while (to < count && (int) (sorted[to] >>> Integer.SIZE) == input) {
        to++;
      }
      int[] positions = new int[to - from];
      for (int i = from; i < to; i++) {
        positions[i - from] = (int) sorted[i];
      }
      var columns = inputs.get(input).reader().rows(positions, rows.columns());
      for (int i = from; i < to; i++) {
        bySorted[i] = rows.row(columns, i - from);
      }
      from = to;
    }
    Row[] batch = new Row[count];
    for (int i = 0; i < count; i++) {
      batch[i] = bySorted[Arrays.binarySearch(sorted, pointers[i])];
    }
    return batch;
  }

  @Override
  public void close() {
    inputs.forEach(input -> input.reader().close());
  }
}
