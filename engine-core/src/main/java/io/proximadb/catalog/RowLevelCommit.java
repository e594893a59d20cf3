package io.proximadb.catalog;

import io.proximadb.catalog.GuardedOperations.StaleParentException;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one class that makes row-level commits: flush, Spark, Flink and maintenance all end here.
 *
 * <p>A commit is a list of steps, deletions and additions, applied in order as one Iceberg
 * snapshot: a deletion covers every data file that is live when the commit lands, those that other
 * writers committed meanwhile included, and the segments added by earlier steps of the same commit.
 * "Delete these ids, add their new rows" therefore leaves each id once, whoever else writes.
 *
 * <p>Not safe for use by several threads; {@link #commit()} is called once.
 */
public final class RowLevelCommit {
  /*
   * Concurrency: a commit is planned on one parent snapshot and passes only onto that parent
   * (GuardedOperations). When another writer was faster, the files that came meanwhile are selected
   * from, files seen before are not opened again, and the commit is tried on the new parent.
   *
   * Recovery: every attempt carries the same commit id in its snapshot summary. When the catalog
   * does not say whether an attempt passed, the next one looks for that id first. A late success
   * cannot be applied twice, because it moves the parent.
   */
  private static final Logger LOG = LoggerFactory.getLogger(RowLevelCommit.class);

  /** Snapshot summary key that names the commit. */
  static final String COMMIT_ID = "proximadb.commit-id";

  /** Snapshot summary key that counts the rows it deleted, for a commit that is found later. */
  private static final String ROWS_DELETED = "proximadb.rows-deleted";

  /** Attempts before giving up: at 31 ms a commit that is half a minute of losing every race. */
  private static final int MAX_ATTEMPTS = 200;

  private static final long MIN_BACKOFF_MICROS = 1_000;
  private static final long MAX_BACKOFF_MICROS = 200_000;

  private sealed interface Step {}

  private record Delete(RowSelector selector) implements Step {}

  private record Add(StagedSegment segment) implements Step {}

  /**
   * A commit that passed.
   *
   * @param snapshotId the table's snapshot; the commit's own if it changed rows
   * @param rowsAdded rows of added segments
   * @param rowsDeleted rows that were live before, or added by an earlier step, and are not now
   */
  public record Result(Optional<Long> snapshotId, long rowsAdded, long rowsDeleted) {}

  private final CollectionTable table;
  private final String commitId = UUID.randomUUID().toString();
  private final List<Step> steps = new ArrayList<>();
  private final List<CommitCheck> checks = new ArrayList<>();
  private final Map<String, Optional<String>> required = new LinkedHashMap<>();
  private final Map<String, String> properties = new LinkedHashMap<>();
  private final Set<String> removedProperties = new LinkedHashSet<>();
  private final Map<String, String> summary = new LinkedHashMap<>();
  private final Map<String, RoaringBitmap> selected = new HashMap<>();
  private @Nullable FileRewrite rewrite;
  private boolean settles;

  /** True once the catalog did not say how an attempt ended. */
  private boolean everUnknown;

  private RowLevelCommit(CollectionTable table) {
    this.table = table;
  }

  public static RowLevelCommit on(CollectionTable table) {
    table.checkWritable("commit to");
    return new RowLevelCommit(table);
  }

  /** Adds a finished segment; it is moved to its place before the commit. */
  public RowLevelCommit add(StagedSegment segment) {
    steps.add(new Add(segment));
    return this;
  }

  /** Deletes selected rows of all live files and of segments added before this step. */
  public RowLevelCommit delete(RowSelector selector) {
    steps.add(new Delete(selector));
    return this;
  }

  /**
   * Replaces files by others with the same live rows; no step goes with it. Rows that are deleted
   * meanwhile from files that go are deleted from those that come, so that a rewrite loses no race
   * against writers of rows.
   */
  public RowLevelCommit rewrite(FileRewrite files) {
    rewrite = files;
    return this;
  }

  /**
   * Deletes what other engines replaced or deleted by equality, though there is no other step.
   * Commits that have one do so anyway.
   */
  public RowLevelCommit settle() {
    settles = true;
    return this;
  }

  /** Passes only if a check of the parent's files does; for commits that have a step. */
  public RowLevelCommit check(CommitCheck check) {
    checks.add(check);
    return this;
  }

  /** Passes only if the parent has this value for a property; null for "not set". */
  public RowLevelCommit requireProperty(String key, @Nullable String expected) {
    required.put(key, Optional.ofNullable(expected));
    return this;
  }

  /** Sets a table property in the same transaction. */
  public RowLevelCommit setProperty(String key, String value) {
    removedProperties.remove(key);
    properties.put(key, value);
    return this;
  }

  /** Removes a table property in the same transaction; one that is not there is fine. */
  public RowLevelCommit removeProperty(String key) {
    properties.remove(key);
    removedProperties.add(key);
    return this;
  }

  /** Adds an entry to the snapshot's summary. */
  public RowLevelCommit summary(String key, String value) {
    summary.put(key, value);
    return this;
  }

  /**
   * Makes the commit. After any exception but the unknown outcome the commit did not pass, and the
   * caller may discard its segments.
   *
   * @throws ConflictException if a required property differs, or a file to replace is gone; nothing
   *     was changed
   * @throws CommitStateUnknownException if the outcome could not be found out; files must be kept
   * @throws NotFoundException if the table was dropped meanwhile
   */
  public Result commit() {
    if (rewrite != null && !steps.isEmpty()) {
      throw new IllegalStateException("A rewrite goes with no other step");
    }
    long rowsAdded = promote();
    try {
      return commit(rowsAdded);
    } catch (CommitStateUnknownException e) {
      throw e;
    } catch (RuntimeException e) {
      if (everUnknown) {
        // An attempt that was lost from sight may have passed, or pass yet.
        throw unknownOutcome(e);
      }
      throw e;
    }
  }

  private Result commit(long rowsAdded) {
    boolean unknown = false;
    RuntimeException last = null;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      table.refreshTo("commit to");
      if (unknown) {
        Optional<Result> passed = findPassed(rowsAdded);
        if (passed.isPresent()) {
          return passed.get();
        }
        unknown = false;
      }
      try {
        return attempt(rowsAdded);
      } catch (ConflictException e) {
        if (everUnknown) {
          // What differs may be what an earlier attempt, lost from sight, has set.
          return findPassed(rowsAdded).orElseThrow(() -> unknownOutcome(e));
        }
        throw e;
      } catch (StaleParentException | ValidationException | CommitFailedException e) {
        last = e;
        LOG.debug("Commit {} to {} lost a race: {}", commitId, table.name(), e.getMessage());
        backOff(attempt);
      } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
        unknown = true;
        everUnknown = true;
        last = e;
        LOG.warn("Outcome of commit {} to {} is unknown, looking", commitId, table.name(), e);
        backOff(attempt);
      }
    }
    if (everUnknown) {
      throw unknownOutcome(last);
    }
    throw new ConflictException(
        "Cannot commit to '" + table.name() + "': lost " + MAX_ATTEMPTS + " races in a row", last);
  }

  private CommitStateUnknownException unknownOutcome(@Nullable RuntimeException cause) {
    return new CommitStateUnknownException(
        "Cannot tell whether commit " + commitId + " to '" + table.name() + "' passed", cause);
  }

  private long promote() {
    List<StagedSegment> segments = rewrite == null ? added() : rewrite.outputs();
    segments.forEach(segment -> Staging.promote(table.table().io(), segment));
    return segments.stream().mapToLong(segment -> segment.dataFile().recordCount()).sum();
  }

  private List<StagedSegment> added() {
    List<StagedSegment> segments = new ArrayList<>();
    for (Step step : steps) {
      if (step instanceof Add add) {
        segments.add(add.segment());
      }
    }
    return segments;
  }

  private Result attempt(long rowsAdded) {
    TableMetadata parent = table.operations().current();
    Long parentId = GuardedOperations.snapshotId(parent);
    GuardedOperations.checkProperties(table.name().toString(), required, parent.properties());
    boolean touchesRows = settles || rewrite != null || !steps.isEmpty();
    List<LiveFile> liveFiles =
        parentId == null || !touchesRows ? List.of() : table.liveFiles(parentId);
    checks.forEach(check -> check.check(liveFiles));
    DeletionPlan deletions =
        rewrite == null
            ? plan(liveFiles)
            : rewrite.deletedMeanwhile(table.table(), table.context(), liveFiles);
    boolean changesRows =
        rewrite != null || (settles && parentId != null) || rowsAdded > 0 || !deletions.isEmpty();
    boolean changesProperties = !properties.isEmpty() || !removedProperties.isEmpty();
    if (!changesRows && !changesProperties) {
      return new Result(Optional.ofNullable(parentId), 0, 0);
    }
    GuardedOperations guarded =
        new GuardedOperations(table.operations(), table.name().toString(), parentId, required);
    Transaction transaction = Transactions.newTransaction(table.name().toString(), guarded);
    DeletionPlan.Written written = null;
    boolean keepFiles = false;
    try {
      if (changesRows) {
        written = deletions.isEmpty() ? null : deletions.write();
        if (rewrite == null) {
          stageRows(transaction, parentId, deletions, written);
        } else {
          RewriteFiles update =
              rewrite.stage(transaction, liveFiles, written == null ? List.of() : written.added());
          if (parentId != null) {
            update.validateFromSnapshot(parentId);
          }
          if (liveFiles.stream().allMatch(LiveFile::isSettled)) {
            update.set(Replaced.SETTLED, "true");
          }
          stamp(update, deletions);
          update.commit();
        }
      }
      if (changesProperties) {
        UpdateProperties update = transaction.updateProperties();
        properties.forEach(update::set);
        removedProperties.forEach(update::remove);
        update.commit();
      }
      Snapshot snapshot = transaction.table().currentSnapshot();
      transaction.commitTransaction();
      keepFiles = true;
      return passed(snapshot, rowsAdded, deletions.rowsDeleted());
    } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
      keepFiles = true;
      throw e;
    } finally {
      if (written != null && !keepFiles) {
        written.discard(table.table().io());
      }
    }
  }

  private Result passed(@Nullable Snapshot snapshot, long rowsAdded, long rowsDeleted) {
    try {
      table.refresh();
    } catch (RuntimeException e) {
      // The commit has passed; whoever needs the new state will refresh again.
      LOG.warn("Cannot refresh {} after commit {}", table.name(), commitId, e);
    }
    return new Result(
        snapshot == null ? Optional.empty() : Optional.of(snapshot.snapshotId()),
        rowsAdded,
        rowsDeleted);
  }

  private void stageRows(
      Transaction transaction,
      @Nullable Long parentId,
      DeletionPlan deletions,
      DeletionPlan.@Nullable Written written) {
    RowDelta delta =
        transaction.newRowDelta().scanManifestsWith(ManifestReaders.of(table.table().io()));
    added().forEach(segment -> delta.addRows(segment.dataFile()));
    if (written != null) {
      written.added().forEach(delta::addDeletes);
      written.replaced().forEach(delta::removeDeletes);
      delta.validateDataFilesExist(deletions.existingTargets());
      delta.validateDeletedFiles();
    }
    deletions.settledDeletes().forEach(delta::removeDeletes);
    delta.set(Replaced.SETTLED, "true");
    if (parentId != null) {
      delta.validateFromSnapshot(parentId);
    }
    stamp(delta, deletions);
    delta.commit();
  }

  private void stamp(SnapshotUpdate<?> update, DeletionPlan deletions) {
    update.set(COMMIT_ID, commitId);
    update.set(ROWS_DELETED, Long.toString(deletions.rowsDeleted()));
    summary.forEach(update::set);
  }

  /** Runs the selectors over what they have not seen yet. */
  private DeletionPlan plan(List<LiveFile> liveFiles) {
    DeletionPlan deletions = new DeletionPlan(table.table());
    for (LiveFile file : liveFiles) {
      deletions.addExisting(
          table.context(),
          file,
          selected.computeIfAbsent(file.location(), location -> select(file, 0)));
    }
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof Add add) {
        LiveFile file = new LiveFile(add.segment().dataFile(), List.of());
        int next = i + 1;
        deletions.addNew(
            file.location(),
            selected.computeIfAbsent(file.location(), location -> select(file, next)));
      }
    }
    return deletions;
  }

  private RoaringBitmap select(LiveFile file, int firstStep) {
    RoaringBitmap positions = new RoaringBitmap();
    for (Step step : steps.subList(firstStep, steps.size())) {
      if (step instanceof Delete delete) {
        positions.or(delete.selector().select(file));
      }
    }
    return positions;
  }

  private Optional<Long> ownSnapshot() {
    for (Snapshot snapshot : table.table().snapshots()) {
      if (commitId.equals(snapshot.summary().get(COMMIT_ID))) {
        return Optional.of(snapshot.snapshotId());
      }
    }
    return Optional.empty();
  }

  /** The result of an earlier attempt that passed without saying so. */
  private Optional<Result> findPassed(long rowsAdded) {
    Optional<Long> snapshotId = ownSnapshot();
    if (snapshotId.isPresent()) {
      Map<String, String> found = table.table().snapshot(snapshotId.get()).summary();
      return Optional.of(
          new Result(snapshotId, rowsAdded, Long.parseLong(found.getOrDefault(ROWS_DELETED, "0"))));
    }
    boolean propertiesAlone =
        steps.isEmpty()
            && rewrite == null
            && !(properties.isEmpty() && removedProperties.isEmpty());
    boolean set =
        properties.entrySet().stream()
                .allMatch(entry -> entry.getValue().equals(table.property(entry.getKey())))
            && removedProperties.stream().allMatch(key -> table.property(key) == null);
    return propertiesAlone && set
        ? Optional.of(
            new Result(
                table.snapshotId().isPresent()
                    ? Optional.of(table.snapshotId().getAsLong())
                    : Optional.empty(),
                0,
                0))
        : Optional.empty();
  }

  private static void backOff(int attempt) {
    long bound = Math.min(MAX_BACKOFF_MICROS, MIN_BACKOFF_MICROS << Math.min(attempt, 10));
    long micros = ThreadLocalRandom.current().nextLong(MIN_BACKOFF_MICROS / 2, bound + 1);
    LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(micros));
  }
}
