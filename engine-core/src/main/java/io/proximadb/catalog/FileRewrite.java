package io.proximadb.catalog;

import io.proximadb.error.ConflictException;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import java.io.Serializable;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.util.ContentFileUtil;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Data files that take the place of others and hold the same live rows.
 *
 * @param inputs the files that go
 * @param outputs the files that come, in the order in which their rows were counted
 */
public record FileRewrite(List<Input> inputs, List<StagedSegment> outputs) implements Serializable {
  /** Where rows are that did not get into the outputs. */
  public static final int GONE = -1;

  /**
   * A file that goes.
   *
   * @param file as it was when it was read
   * @param movedTo for each of its rows the place among all rows of the outputs, or {@link #GONE}
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Input(LiveFile file, int[] movedTo) implements Serializable {}

  public FileRewrite {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  long rows() {
    return outputs.stream().mapToLong(output -> output.dataFile().recordCount()).sum();
  }

  /**
   * What was deleted from the inputs since they were read, as rows of the outputs.
   *
   * @throws ConflictException if an input is not live any more
   */
  DeletionPlan deletedMeanwhile(Table table, TableContext context, List<LiveFile> liveFiles) {
    Map<String, LiveFile> live = new HashMap<>();
    liveFiles.forEach(file -> live.put(file.location(), file));
    RoaringBitmap dead = new RoaringBitmap();
    for (Input input : inputs) {
      LiveFile now = liveInput(live, input);
      if (!now.sameDeletes(input.file())) {
        addDead(dead, input.movedTo(), now.deletedPositions(context));
      }
    }
    DeletionPlan deletions = new DeletionPlan(table);
    long first = 0;
    for (StagedSegment output : outputs) {
      long end = first + output.dataFile().recordCount();
      RoaringBitmap inFile = new RoaringBitmap();
      PeekableIntIterator it = dead.getIntIterator();
      it.advanceIfNeeded((int) first);
      while (it.hasNext() && it.peekNext() < end) {
        inFile.add((int) (it.next() - first));
      }
      deletions.addNew(output.dataFile().location(), inFile);
      first = end;
    }
    return deletions;
  }

  private static LiveFile liveInput(Map<String, LiveFile> live, Input input) {
    LiveFile now = live.get(input.file().location());
    if (now == null) {
      throw new ConflictException(
          "Cannot replace data file "
              + input.file().location()
              + ": another commit removed it meanwhile");
    }
    return now;
  }

  private static void addDead(RoaringBitmap dead, int[] movedTo, RoaringBitmap deleted) {
    for (IntIterator it = deleted.getIntIterator(); it.hasNext(); ) {
      int place = movedTo[it.next()];
      if (place != GONE) {
        dead.add(place);
      }
    }
  }

  /** Adds the replacement to a transaction; the caller sets the summary and commits. */
  RewriteFiles stage(
      Transaction transaction, List<LiveFile> liveFiles, List<DeleteFile> carriedOver) {
    Map<String, LiveFile> live = new HashMap<>();
    liveFiles.forEach(file -> live.put(file.location(), file));
    RewriteFiles rewrite =
        transaction.newRewrite().scanManifestsWith(ManifestReaders.of(transaction.table().io()));
    Map<String, DeleteFile> vectors = new LinkedHashMap<>();
    long sequence = 0;
    for (Input input : inputs) {
      LiveFile now = liveInput(live, input);
      rewrite.deleteFile(now.dataFile());
      Long ofFile = now.dataFile().dataSequenceNumber();
      sequence = Math.max(sequence, ofFile == null ? 0 : ofFile);
      for (DeleteFile delete : now.deletes()) {
        if (delete.content() == FileContent.POSITION_DELETES
            && ContentFileUtil.isFileScoped(delete)) {
          vectors.put(delete.location() + "#" + delete.contentOffset(), delete);
        }
      }
    }
    if (vectors.isEmpty() && !carriedOver.isEmpty()) {
      throw new ConflictException(
          "Cannot replace data files: rows of them were deleted meanwhile without deletion"
              + " vectors");
    }
    vectors.values().forEach(rewrite::deleteFile);
    outputs.forEach(output -> rewrite.addFile(output.dataFile()));
    carriedOver.forEach(rewrite::addFile);
    // No newer than the newest row in it: deletes of other writers that came later still apply.
    rewrite.dataSequenceNumber(sequence);
    return rewrite;
  }

  /** Deletes the outputs again; they must not be part of the table. */
  public void discard(FileIO io) {
    outputs.forEach(output -> Staging.discard(io, output));
  }
}
