package io.proximadb.catalog;

import io.proximadb.catalog.GuardedOperations.StaleParentException;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.NotFoundException;
import java.util.Collection;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.RewriteManifests;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.ValidationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits that change what is known of snapshots, and no row: expiry, tags, merged manifests. Each
 * lands on whatever the table has become meanwhile, so it neither loses a race to writers for good
 * nor makes them lose theirs for more than one more attempt.
 *
 * <p>All of them throw {@link NotFoundException} if the table was dropped, {@link
 * ConflictException} after too many lost races, and {@link CommitStateUnknownException} if the
 * catalog does not say how a commit ended; what is not done then is found by the next look.
 */
public final class SnapshotCommits {
  /** Attempts before giving up, beside Iceberg's own few within each. */
  private static final int MAX_ATTEMPTS = 20;

  private static final long MIN_BACKOFF_MICROS = 2_000;
  private static final long MAX_BACKOFF_MICROS = 200_000;

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotCommits.class);

  private SnapshotCommits() {}

  /**
   * Removes snapshots from the table's metadata, and tags and branches whose maximum age is over by
   * this machine's clock. Deletes no file.
   *
   * @throws ConflictException if a reference to one of them was made meanwhile
   */
  public static void expire(CollectionTable table, Collection<Long> snapshotIds) {
    commit(
        table,
        "expire snapshots of",
        guarded -> {
          // By id alone: Iceberg's own rule by age would also take what is just superseded.
          ExpireSnapshots expire =
              guarded
                  .expireSnapshots()
                  .expireOlderThan(0)
                  .planWith(ManifestReaders.POOL)
                  .cleanupLevel(ExpireSnapshots.CleanupLevel.NONE);
          snapshotIds.stream()
              .filter(id -> guarded.snapshot(id) != null)
              .forEach(expire::expireSnapshotId);
          expire.commit();
        });
  }

  /**
   * Makes a tag, or gives an existing one another age.
   *
   * @param maxAgeMs from the snapshot's own time on
   * @throws NotFoundException if the snapshot is not there any more
   */
  public static void tag(CollectionTable table, String name, long snapshotId, long maxAgeMs) {
    commit(
        table,
        "tag a snapshot of",
        guarded -> {
          if (guarded.snapshot(snapshotId) == null) {
            throw new NotFoundException(
                "Cannot tag snapshot " + snapshotId + " of '" + table.name() + "': it has expired");
          }
          SnapshotRef found = guarded.refs().get(name);
          if (found == null) {
            guarded
                .manageSnapshots()
                .createTag(name, snapshotId)
                .setMaxRefAgeMs(name, maxAgeMs)
                .commit();
          } else {
            guarded.manageSnapshots().setMaxRefAgeMs(name, maxAgeMs).commit();
          }
        });
  }

  /** Removes tags; those that are not there are fine. */
  public static void untag(CollectionTable table, Collection<String> names) {
    commit(
        table,
        "remove tags of",
        guarded -> {
          for (String name : names) {
            if (guarded.refs().containsKey(name)) {
              guarded.manageSnapshots().removeTag(name).commit();
            }
          }
        });
  }

  /** Writes the entries of some data manifests into as few as the table's settings allow. */
  public static void mergeManifests(
      CollectionTable table, Predicate<ManifestFile> which, String summaryKey, String summary) {
    commit(
        table,
        "rewrite manifests of",
        guarded -> {
          RewriteManifests rewrite =
              guarded.rewriteManifests().rewriteIf(which).clusterBy(file -> "");
          rewrite.scanManifestsWith(ManifestReaders.POOL);
          rewrite.set(summaryKey, summary);
          rewrite.commit();
        });
  }

  /** Makes a change on whatever the table has become, again if a race was lost. */
  static void commit(CollectionTable table, String what, Consumer<Table> change) {
    RuntimeException last = null;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      refresh(table, what);
      try {
        String name = table.name().toString();
        change.accept(new BaseTable(GuardedOperations.onAnyParent(table.operations(), name), name));
        table.refresh();
        return;
      } catch (CommitFailedException
          | StaleParentException
          | ValidationException
          | IllegalArgumentException e) {
        // Iceberg's word for "a reference to that snapshot is there now" is an illegal argument.
        last = e;
        LOG.debug("Lost a race to {} {}: {}", what, table.name(), e.getMessage());
        backOff(attempt);
      } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
        throw new CommitStateUnknownException(
            "Cannot tell whether the commit to " + what + " '" + table.name() + "' passed", e);
      }
    }
    throw new ConflictException(
        "Cannot " + what + " '" + table.name() + "': " + MAX_ATTEMPTS + " attempts failed", last);
  }

  private static void refresh(CollectionTable table, String what) {
    UUID before = table.uuid();
    @Nullable RuntimeException dropped = null;
    try {
      table.refresh();
    } catch (NoSuchTableException e) {
      dropped = e;
    }
    if (dropped != null || !table.uuid().equals(before)) {
      throw new NotFoundException(
          "Cannot " + what + " '" + table.name() + "': the collection was dropped", dropped);
    }
  }

  private static void backOff(int attempt) {
    long bound = Math.min(MAX_BACKOFF_MICROS, MIN_BACKOFF_MICROS << Math.min(attempt, 10));
    LockSupport.parkNanos(
        TimeUnit.MICROSECONDS.toNanos(
            ThreadLocalRandom.current().nextLong(MIN_BACKOFF_MICROS / 2, bound + 1)));
  }
}
