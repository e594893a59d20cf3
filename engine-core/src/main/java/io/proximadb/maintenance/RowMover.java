package io.proximadb.maintenance;

import io.proximadb.catalog.FileRewrite;
import io.proximadb.catalog.LiveFile;
import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.RowAssembler;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Copies the live rows of files into new ones, in the layout's order, and notes where each went.
 *
 * <p>Memory: one batch of rows, the writer's row group, and for each row its place before (the
 * policy's order) and after.
 */
final class RowMover implements AutoCloseable {
  /** Bytes of rows that are read at once: long enough runs of each input, a bounded heap. */
  private static final long BATCH_BYTES = 32L << 20;

  private static final int MIN_BATCH_ROWS = 256;
  private static final int MAX_BATCH_ROWS = 65_536;

  private final TableContext context;
  private final List<CompactionPolicy.Input> inputs = new ArrayList<>();
  private final List<@Nullable RowLineage> lineages = new ArrayList<>();
  private final List<int[]> movedTo = new ArrayList<>();
  private boolean lineage = true;
  private int moved;

  private RowMover(TableContext context) {
    this.context = context;
  }

  /**
   * Writes the outputs of a compaction, which stay in staging. A file has a vector field for all
   * rows or for none, so inputs that differ in that go to different outputs.
   */
  static FileRewrite move(
      MaintenanceScope scope, CompactionPolicy.Task task, List<LiveFile> liveInputs) {
    TableContext context = scope.table().context();
    List<StagedSegment> outputs = new ArrayList<>();
    boolean done = false;
    try (RowMover mover = new RowMover(context)) {
      mover.open(liveInputs);
      for (Map.Entry<List<VectorField>, List<Integer>> group : mover.byVectorFields().entrySet()) {
        outputs.addAll(
            mover.move(scope, task, context.withVectorFields(group.getKey()), group.getValue()));
      }
      List<FileRewrite.Input> places = new ArrayList<>();
      for (int i = 0; i < liveInputs.size(); i++) {
        places.add(new FileRewrite.Input(liveInputs.get(i), mover.movedTo.get(i)));
      }
      done = true;
      return new FileRewrite(places, outputs);
    } finally {
      if (!done) {
        outputs.forEach(output -> Staging.discard(context.io(), output));
      }
    }
  }

  /** The inputs by the vector fields that they have. */
  private Map<List<VectorField>, List<Integer>> byVectorFields() {
    Map<List<VectorField>, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      SegmentReader reader = inputs.get(i).reader();
      List<VectorField> fields =
          context.schema().vectorFields().stream()
              .filter(field -> !field.optional() || reader.hasVectors(field.name()))
              .toList();
      groups.computeIfAbsent(fields, group -> new ArrayList<>()).add(i);
    }
    return groups;
  }

  private List<StagedSegment> move(
      MaintenanceScope scope,
      CompactionPolicy.Task task,
      TableContext group,
      List<Integer> members) {
    CompactionPolicy policy = StorageFormat.of(context).compaction();
    List<CompactionPolicy.Input> groupInputs = members.stream().map(inputs::get).toList();
    try (CompactionWriter writer = policy.newWriter(group, task)) {
      copy(scope, policy.order(group, groupInputs), writer, members, group);
      return writer.finish();
    }
  }

  private void open(List<LiveFile> liveInputs) {
    for (LiveFile file : liveInputs) {
      RoaringBitmap dead = file.deletedPositions(context.io());
      SegmentReader reader = Segments.open(context, file.dataFile());
      inputs.add(new CompactionPolicy.Input(reader, dead));
      RowLineage ofFile = reader.lineage();
      lineages.add(ofFile);
      lineage &= ofFile != null;
      int[] places = new int[reader.rowCount()];
      Arrays.fill(places, FileRewrite.GONE);
      movedTo.add(places);
    }
  }

  private void copy(
      MaintenanceScope scope,
      PrimitiveIterator.OfLong order,
      CompactionWriter writer,
      List<Integer> members,
      TableContext group) {
    RowAssembler rows = new RowAssembler(group.schema());
    int batchRows = batchRows();
    long[] pointers = new long[batchRows];
    while (order.hasNext()) {
      scope.checkNotStopped();
      int count = 0;
      while (count < batchRows && order.hasNext()) {
        pointers[count++] = order.nextLong();
      }
      Row[] batch = read(rows, members, pointers, count);
      for (int i = 0; i < count; i++) {
        int input = members.get((int) (pointers[i] >>> Integer.SIZE));
        int position = (int) pointers[i];
        movedTo.get(input)[position] = moved++;
        append(writer, batch[i], input, position);
      }
    }
  }

  private void append(CompactionWriter writer, Row row, int input, int position) {
    RowLineage ofFile = lineages.get(input);
    if (lineage && ofFile != null) {
      writer.append(row, ofFile.rowId(position), ofFile.updatedIn(position));
    } else {
      writer.append(row, -1, -1);
    }
  }

  private int batchRows() {
    long bytes = 0;
    long count = 0;
    for (CompactionPolicy.Input input : inputs) {
      bytes += input.reader().dataFile().fileSizeInBytes();
      count += input.reader().rowCount();
    }
    long rowBytes = Math.max(1, bytes / Math.max(1, count));
    return (int) Math.max(MIN_BATCH_ROWS, Math.min(MAX_BATCH_ROWS, BATCH_BYTES / rowBytes));
  }

  /** Reads rows of several inputs, of each in the order of its positions. */
  private Row[] read(RowAssembler rows, List<Integer> members, long[] pointers, int count) {
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
      var columns = inputs.get(members.get(input)).reader().rows(positions, rows.columns());
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
