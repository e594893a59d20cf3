package io.proximadb.catalog;

import io.proximadb.catalog.GuardedOperations.StaleParentException;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.iceberg.BaseMetastoreCatalog;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A collection that is written before anybody sees it: one commit makes it appear with its rows, or
 * puts it in the place of another collection, which is all there until then.
 *
 * <p>A collection that takes another's place is a new table with a UUID, a folder and a history of
 * its own, as if the old one had been dropped: so engines that have the old one open notice.
 *
 * <p>Not safe for use by several threads. Ends with {@link #commit()} or {@link #abort()}.
 */
public final class StagedCollection {
  /*
   * Concurrency: the rows are written in an Iceberg transaction that no catalog knows of. The switch
   * is one compare-and-set of the catalog's pointer from the old table's metadata to the new one's;
   * commits to the old table that come in between make it be tried again, and are replaced as well.
   *
   * Recovery: a crash before the switch leaves files in a folder that no table has; after it, those
   * of the old table.
   */
  private static final Logger LOG = LoggerFactory.getLogger(StagedCollection.class);

  /** Attempts before giving up: each lost race is a commit to the collection that is to go. */
  private static final int MAX_ATTEMPTS = 100;

  private static final long BACKOFF_MICROS = 20_000;

  /** What is to become of a collection that has the name already. */
  public enum Existing {
    /** There must be none. */
    REFUSE,
    /** There must be one, which is replaced. */
    REPLACE,
    /** One that is there is replaced. */
    REPLACE_IF_THERE
  }

  private final Warehouse warehouse;
  private final CollectionName name;
  private final Transaction transaction;
  private final CollectionTable table;
  private final @Nullable CollectionTable replaced;
  private boolean mayBeCommitted;

  private StagedCollection(
      Warehouse warehouse,
      CollectionName name,
      Transaction transaction,
      @Nullable CollectionTable replaced) {
    this.warehouse = warehouse;
    this.name = name;
    this.transaction = transaction;
    this.table = new CollectionTable(name, transaction.table());
    this.replaced = replaced;
  }

  /**
   * Starts a collection.
   *
   * @param extraProperties table properties beside those that the schema gives
   * @param existing what is to become of a collection that has the name
   * @throws AlreadyExistsException if there must not be one and there is, or an attached table has
   *     the name
   * @throws NotFoundException if there must be one and there is none
   * @throws InvalidArgumentException if a property that states a goal makes no sense, or the
   *     catalog cannot replace one table by another
   */
  public static StagedCollection stage(
      Warehouse warehouse,
      CollectionName name,
      CollectionSchema schema,
      Map<String, String> extraProperties,
      Existing existing) {
    warehouse.checkNotAttached(name);
    CollectionTable replaced = existing(warehouse, name, existing);
    TableIdentifier real = Warehouse.identifier(name);
    Catalog catalog = warehouse.icebergCatalog();
    if (!(catalog instanceof BaseMetastoreCatalog)) {
      checkCreates(catalog, name, replaced);
      // Others look for the namespace at once.
      warehouse.makeNamespace(name.namespace());
    }
    String suffix = Warehouse.uniqueSuffix();
    // The builder of a table refuses a name that is taken.
    TableIdentifier staged =
        replaced == null
            ? real
            : TableIdentifier.of(real.namespace(), real.name() + "__staged_" + suffix);
    try {
      Catalog.TableBuilder builder = warehouse.builder(staged, schema, extraProperties);
      String folder = warehouse.folder();
      String location =
          folder == null
              ? beside(builder.createTransaction().table().location(), suffix)
              : Warehouse.uniqueLocation(folder, name);
      return new StagedCollection(
          warehouse, name, builder.withLocation(location).createTransaction(), replaced);
    } catch (org.apache.iceberg.exceptions.AlreadyExistsException e) {
      throw exists(name, e);
    }
  }

  private static @Nullable CollectionTable existing(
      Warehouse warehouse, CollectionName name, Existing existing) {
    if (existing == Existing.REFUSE) {
      if (warehouse.exists(name)) {
        throw exists(name, null);
      }
      return null;
    }
    try {
      return warehouse.load(name);
    } catch (NotFoundException e) {
      if (existing == Existing.REPLACE) {
        throw new NotFoundException("Cannot replace collection '" + name + "': not found", e);
      }
      return null;
    }
  }

  private static AlreadyExistsException exists(CollectionName name, @Nullable Throwable cause) {
    return new AlreadyExistsException(
        "Cannot create collection '" + name + "': it exists already", cause);
  }

  /** Catalogs behind a service refuse metadata of another table under a name that they have. */
  private static void checkCreates(
      Catalog catalog, CollectionName name, @Nullable CollectionTable replaced) {
    if (replaced != null) {
      throw new InvalidArgumentException(
          "Cannot replace collection '"
              + name
              + "': "
              + catalog.getClass().getName()
              + " cannot put one table in the place of another (drop it and create it)");
    }
  }

  /** A folder that no other table has, in the one where the catalog puts tables. */
  private static String beside(String location, String suffix) {
    int slash = location.lastIndexOf('/');
    return location.substring(0, slash + 1) + suffix + "-" + location.substring(slash + 1);
  }

  /** The collection to be written; commits to it are seen by nobody yet. */
  public CollectionTable table() {
    return table;
  }

  /**
   * Makes it be the collection of its name.
   *
   * @throws AlreadyExistsException if one came that must not be there; nothing was changed
   * @throws ConflictException if the one to be replaced was dropped, or replaced by another;
   *     nothing was changed
   * @throws CommitStateUnknownException if the catalog does not say how it ended
   */
  public void commit() {
    warehouse.makeNamespace(name.namespace());
    if (replaced == null) {
      create();
    } else {
      replace(replaced);
    }
    mayBeCommitted = true;
  }

  private void create() {
    try {
      transaction.commitTransaction();
    } catch (org.apache.iceberg.exceptions.AlreadyExistsException | CommitFailedException e) {
      throw exists(name, e);
    } catch (org.apache.iceberg.exceptions.CommitStateUnknownException | UncheckedSQLException e) {
      throw unknown(e);
    }
  }

  private void replace(CollectionTable old) {
    TableMetadata made = ((HasTableOperations) transaction.table()).operations().current();
    RuntimeException last = null;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        old.refreshTo("replace");
      } catch (NotFoundException e) {
        throw new ConflictException(
            "Cannot replace collection '"
                + name
                + "': meanwhile it was dropped, or replaced (nothing was changed, run it again)",
            e);
      }
      TableOperations operations = old.operations();
      TableMetadata base = operations.current();
      try {
        GuardedOperations.onAnyParent(operations, name.toString()).commit(base, made);
        deleteFiles(old, base);
        return;
      } catch (CommitFailedException | StaleParentException e) {
        last = e;
      } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
        throw unknown(e);
      }
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(BACKOFF_MICROS));
    }
    throw new ConflictException(
        "Cannot replace collection '" + name + "': lost " + MAX_ATTEMPTS + " races in a row", last);
  }

  /** The collection is replaced: what cannot be deleted is of no effect, and is said. */
  private void deleteFiles(CollectionTable old, TableMetadata last) {
    try {
      Warehouse.deleteFiles(old, last);
    } catch (RuntimeException e) {
      LOG.warn(
          "Leaves files of the collection that {} replaced in {}",
          name,
          old.context().location(),
          e);
    }
  }

  private CommitStateUnknownException unknown(RuntimeException cause) {
    mayBeCommitted = true;
    return new CommitStateUnknownException(
        "Cannot tell whether collection '" + name + "' was made (look at it)", cause);
  }

  /** Deletes what was written; nothing after a commit that passed, or whose outcome is open. */
  public void abort() {
    if (!mayBeCommitted) {
      TableMetadata written = ((HasTableOperations) transaction.table()).operations().current();
      Warehouse.deleteFiles(table, written);
    }
  }
}
