package io.proximadb.catalog;

import io.proximadb.error.ConflictException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.jdbc.UncheckedInterruptedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.jspecify.annotations.Nullable;

/**
 * Table operations that let a commit through only onto the parent it was made for.
 *
 * <p>Iceberg re-applies the changes of a transaction onto whatever the table has become, and its
 * property updates have no compare-and-set. Both would let a fenced or half-informed commit pass,
 * so the parent's snapshot and the required properties are checked here, against the very metadata
 * that the catalog will compare and swap.
 */
final class GuardedOperations implements TableOperations {
  /** The parent is not the one the commit was planned on; plan again. */
  static final class StaleParentException extends RuntimeException {
    StaleParentException(CommitFailedException cause) {
      super(cause.getMessage(), cause);
    }

    StaleParentException(@Nullable Long expected, @Nullable Long found) {
      super("Parent snapshot is " + found + ", planned on " + expected);
    }
  }

  // Primary result codes of SQLite: the statement was not executed.
  private static final int SQLITE_BUSY = 5;
  private static final int SQLITE_LOCKED = 6;

  private final TableOperations delegate;
  private final String table;
  private final boolean anyParent;
  private final @Nullable Long parentSnapshotId;
  private final Map<String, Optional<String>> required;
  private volatile boolean passed;

  GuardedOperations(
      TableOperations delegate,
      String table,
      @Nullable Long parentSnapshotId,
      Map<String, Optional<String>> required) {
    this(delegate, table, false, parentSnapshotId, required);
  }

  private GuardedOperations(
      TableOperations delegate,
      String table,
      boolean anyParent,
      @Nullable Long parentSnapshotId,
      Map<String, Optional<String>> required) {
    this.delegate = delegate;
    this.table = table;
    this.anyParent = anyParent;
    this.parentSnapshotId = parentSnapshotId;
    this.required = required;
  }

  /** For changes that are as right on a later parent: they read and change no row. */
  static GuardedOperations onAnyParent(TableOperations delegate, String table) {
    return new GuardedOperations(delegate, table, true, null, Map.of());
  }

  /**
   * Compares properties with what a commit requires.
   *
   * @throws ConflictException naming the first property that differs
   */
  static void checkProperties(
      String table, Map<String, Optional<String>> required, Map<String, String> found) {
    required.forEach(
        (key, expected) -> {
          String value = found.get(key);
          if (!Objects.equals(expected.orElse(null), value)) {
            throw new ConflictException(
                "Cannot commit to '"
                    + table
                    + "': property changed ("
                    + key
                    + "="
                    + value
                    + ", expected "
                    + expected.orElse("none")
                    + ")");
          }
        });
  }

  static @Nullable Long snapshotId(TableMetadata metadata) {
    Snapshot snapshot = metadata.currentSnapshot();
    return snapshot == null ? null : (Long) snapshot.snapshotId();
  }

  private void checkParent(TableMetadata base) {
    Long found = snapshotId(base);
    if (!anyParent && !Objects.equals(parentSnapshotId, found)) {
      throw new StaleParentException(parentSnapshotId, found);
    }
  }

  @Override
  public void commit(TableMetadata base, TableMetadata metadata) {
    checkParent(base);
    checkProperties(table, required, base.properties());
    try {
      delegate.commit(base, metadata);
      passed = true;
    } catch (CommitFailedException e) {
      if (anyParent) {
        throw e;
      }
      // Iceberg would wait and try the same on a parent that is not ours.
      throw new StaleParentException(e);
    } catch (UncheckedSQLException e) {
      if (isBusy(e)) {
        throw new CommitFailedException(e, "The catalog is busy");
      }
      throw new CommitStateUnknownException(e);
    } catch (UncheckedInterruptedException e) {
      // The statement may have been executed.
      throw new CommitStateUnknownException(e);
    }
  }

  private static boolean isBusy(UncheckedSQLException failure) {
    return failure.getCause() instanceof SQLException cause
        && ((cause.getErrorCode() & 0xff) == SQLITE_BUSY
            || (cause.getErrorCode() & 0xff) == SQLITE_LOCKED);
  }

  @Override
  public TableMetadata current() {
    return delegate.current();
  }

  /** Before Iceberg re-applies what cannot pass, onto metadata that may not know the parent. */
  @Override
  public TableMetadata refresh() {
    TableMetadata refreshed = delegate.refresh();
    if (!passed) {
      checkParent(refreshed);
    }
    return refreshed;
  }

  @Override
  public FileIO io() {
    return delegate.io();
  }

  @Override
  public EncryptionManager encryption() {
    return delegate.encryption();
  }

  @Override
  public String metadataFileLocation(String fileName) {
    return delegate.metadataFileLocation(fileName);
  }

  @Override
  public LocationProvider locationProvider() {
    return delegate.locationProvider();
  }

  @Override
  public TableOperations temp(TableMetadata uncommitted) {
    return delegate.temp(uncommitted);
  }

  @Override
  public long newSnapshotId() {
    return delegate.newSnapshotId();
  }

  @Override
  public boolean requireStrictCleanup() {
    return delegate.requireStrictCleanup();
  }
}
