package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.FileRewrite;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.error.ClosedException;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.ProximaException;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.TableContext;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/**
 * A step of a compaction that can be written in another process than the one that plans and commits
 * it. Steps planned together have no file in common, so they run side by side.
 *
 * @param context the table
 * @param task what is rewritten, and why
 * @param inputs the files as they were when it was planned
 */
public record CompactionPart(
    TableContext context, CompactionPolicy.Task task, List<LiveFile> inputs)
    implements Serializable {
  /**
   * What was written.
   *
   * @param rewrite the files, staged; null if nothing could be written
   * @param failure why; empty otherwise
   * @param unmovable the file that cannot be rewritten at all; null if there is none
   */
  public record Written(@Nullable FileRewrite rewrite, String failure, @Nullable String unmovable)
      implements Serializable {
    /** Removes the files, which will not be committed. */
    public void discard(FileIO io) {
      if (rewrite != null) {
        rewrite.discard(io);
      }
    }
  }

  /** The files of a list are not to change. */
  public CompactionPart {
    inputs = List.copyOf(inputs);
  }

  /**
   * The steps that there are now, best first; none while another engine's rows are not settled.
   *
   * @param unmovable files that are left as they are
   */
  public static List<CompactionPart> plan(CollectionTable table, Set<String> unmovable) {
    table.checkWritable("compact");
    table.refresh();
    Map<String, LiveFile> live = new HashMap<>();
    for (LiveFile file : table.liveFiles()) {
      if (!file.isSettled()) {
        return List.of();
      }
      if (!unmovable.contains(file.location())) {
        live.put(file.location(), file);
      }
    }
    List<CompactionPart> parts = new ArrayList<>();
    for (CompactionPolicy.Task task : Compaction.plan(table.context(), live)) {
      List<LiveFile> inputs = new ArrayList<>();
      for (DataFile file : task.inputs()) {
        LiveFile input = live.get(file.location());
        assert input != null : file.location();
        inputs.add(input);
      }
      parts.add(new CompactionPart(table.context(), task, inputs));
    }
    return parts;
  }

  /**
   * Writes the outputs, which stay in staging. What fails is said in the result, so that the other
   * steps of a job can be committed.
   */
  public Written write() {
    try {
      return new Written(
          RowMover.move(context, CompactionPart::checkNotInterrupted, task, inputs), "", null);
    } catch (RowMover.UnmovableFileException e) {
      return new Written(null, String.valueOf(e.getMessage()), e.location());
    } catch (ClosedException e) {
      throw e;
    } catch (ProximaException e) {
      return new Written(null, String.valueOf(e.getMessage()), null);
    }
  }

  private static void checkNotInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new ClosedException("The compaction was stopped");
    }
  }

  /**
   * Puts the outputs in the place of the inputs, in one commit.
   *
   * @return what was done; nothing more than a reason if another writer removed an input
   * @throws CommitStateUnknownException if the outcome is open; the files are kept
   */
  public MaintenanceResult commit(CollectionTable table, FileRewrite rewrite) {
    boolean keep = false;
    try {
      RowLevelCommit.Result result =
          RowLevelCommit.on(table)
              .rewrite(rewrite)
              .summary(Compaction.REASON, task.reason())
              .commit();
      keep = true;
      long before = inputs.stream().mapToLong(file -> file.dataFile().recordCount()).sum();
      return new MaintenanceResult(
          true,
          false,
          task.inputs().stream().mapToLong(DataFile::fileSizeInBytes).sum(),
          rewrite.outputs().stream()
              .map(StagedSegment::dataFile)
              .mapToLong(DataFile::fileSizeInBytes)
              .sum(),
          before - result.rowsAdded(),
          0,
          task.reason() + ": " + inputs.size() + " files into " + rewrite.outputs().size());
    } catch (ConflictException e) {
      return new MaintenanceResult(
          false, true, 0, 0, 0, 0, "lost a race: " + String.valueOf(e.getMessage()));
    } catch (CommitStateUnknownException e) {
      keep = true;
      throw e;
    } finally {
      if (!keep) {
        rewrite.discard(table.table().io());
      }
    }
  }
}
