package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.FileRewrite;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;

/**
 * Rewrites data files as the table's layout wants them: fewer, larger, in order, without deleted
 * rows. One task of the layout's policy is one step and one Iceberg commit.
 *
 * <p>Rows keep their lineage. What other writers delete meanwhile is carried over to the new files,
 * so a compaction loses a race only against a writer that removes its very inputs.
 */
public final class Compaction implements MaintenanceWork {
  /*
   * Recovery: until the commit nobody sees the outputs, and the inputs are live; a crash leaves
   * staged or moved files to the clean-up. After it the inputs stay until their snapshots expire.
   */

  /** Snapshot summary key: why the files were rewritten. */
  static final String REASON = "proximadb.compaction";

  /** Files that are left as they are; beyond so many they are found out again. */
  private static final int MAX_UNMOVABLE = 10_000;

  private final Set<String> unmovable = ConcurrentHashMap.newKeySet();

  @Override
  public Kind kind() {
    return Kind.COMPACTION;
  }

  @Override
  public MaintenanceResult run(MaintenanceScope scope) {
    Map<String, LiveFile> live = movable(scope.table());
    List<CompactionPolicy.Task> tasks = plan(scope.table().context(), live);
    if (tasks.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    CompactionPolicy.Task task = tasks.get(0);
    try {
      return rewrite(scope, task, live, tasks.size() > 1);
    } catch (RowMover.UnmovableFileException e) {
      if (unmovable.size() >= MAX_UNMOVABLE) {
        unmovable.clear();
      }
      unmovable.add(e.location());
      return new MaintenanceResult(true, true, 0, 0, 0, 0, String.valueOf(e.getMessage()));
    }
  }

  /** Counts all steps that there are now; what their outputs call for later is not foretold. */
  @Override
  public MaintenanceResult plan(MaintenanceScope scope) {
    Map<String, LiveFile> live = movable(scope.table());
    List<CompactionPolicy.Task> tasks = plan(scope.table().context(), live);
    if (tasks.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    long files = 0;
    long bytes = 0;
    long deadRows = 0;
    for (CompactionPolicy.Task task : tasks) {
      files += task.inputs().size();
      bytes += bytes(task.inputs());
      for (DataFile file : task.inputs()) {
        LiveFile input = live.get(file.location());
        deadRows += input == null ? 0 : file.recordCount() - liveRows(input);
      }
    }
    String what =
        "would rewrite "
            + files
            + " files in "
            + tasks.size()
            + (tasks.size() == 1 ? " step" : " steps")
            + ", first: "
            + tasks.get(0).reason();
    return new MaintenanceResult(true, false, bytes, 0, deadRows, 0, what);
  }

  /** The files that may be rewritten; none while it is open which row of an id counts. */
  private Map<String, LiveFile> movable(CollectionTable table) {
    table.refresh();
    Map<String, LiveFile> live = new HashMap<>();
    for (LiveFile file : table.liveFiles()) {
      if (!file.isSettled()) {
        // It may depend on the files that the rows are in: NORMALISE goes first.
        return Map.of();
      }
      if (!unmovable.contains(file.location())) {
        live.put(file.location(), file);
      }
    }
    return live;
  }

  /** What there is to do, best first. */
  static List<CompactionPolicy.Task> plan(TableContext context, Map<String, LiveFile> live) {
    List<CompactionPolicy.Candidate> candidates = new ArrayList<>();
    for (LiveFile file : live.values()) {
      candidates.add(new CompactionPolicy.Candidate(file.dataFile(), liveRows(file)));
    }
    return StorageFormat.of(context).compaction().plan(context, candidates);
  }

  private static long liveRows(LiveFile file) {
    long deleted = file.deletes().stream().mapToLong(DeleteFile::recordCount).sum();
    return Math.max(0, file.dataFile().recordCount() - deleted);
  }

  private static MaintenanceResult rewrite(
      MaintenanceScope scope,
      CompactionPolicy.Task task,
      Map<String, LiveFile> live,
      boolean more) {
    CollectionTable table = scope.table();
    List<LiveFile> inputs = new ArrayList<>();
    for (DataFile file : task.inputs()) {
      inputs.add(live.get(file.location()));
    }
    scope.failPoints().reached("compaction.started");
    FileRewrite rewritten = RowMover.move(scope, task, inputs);
    scope.failPoints().reached("compaction.written");
    boolean keep = false;
    try {
      RowLevelCommit.Result result =
          RowLevelCommit.on(table).rewrite(rewritten).summary(REASON, task.reason()).commit();
      keep = true;
      scope.failPoints().reached("compaction.committed");
      return result(task, inputs, rewritten, result, more);
    } catch (ConflictException e) {
      // Another writer rewrote or removed an input: what it left is planned anew.
      return new MaintenanceResult(true, true, bytes(task.inputs()), 0, 0, 0, "lost a race: " + e);
    } catch (CommitStateUnknownException e) {
      keep = true;
      throw e;
    } finally {
      if (!keep) {
        rewritten.discard(table.table().io());
      }
    }
  }

  private static MaintenanceResult result(
      CompactionPolicy.Task task,
      List<LiveFile> inputs,
      FileRewrite rewritten,
      RowLevelCommit.Result result,
      boolean more) {
    List<DataFile> outputs = rewritten.outputs().stream().map(StagedSegment::dataFile).toList();
    long rowsBefore = inputs.stream().mapToLong(file -> file.dataFile().recordCount()).sum();
    return new MaintenanceResult(
        true,
        more,
        bytes(task.inputs()),
        bytes(outputs),
        rowsBefore - result.rowsAdded(),
        0,
        task.reason() + ": " + inputs.size() + " files into " + outputs.size());
  }

  private static long bytes(List<DataFile> files) {
    return files.stream().mapToLong(DataFile::fileSizeInBytes).sum();
  }
}
