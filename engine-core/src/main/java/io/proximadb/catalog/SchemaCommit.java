package io.proximadb.catalog;

import io.proximadb.catalog.GuardedOperations.StaleParentException;
import io.proximadb.error.CommitStateUnknownException;
import io.proximadb.error.ConflictException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.storage.StorageFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes a table's schema in one Iceberg commit. Data files stay as they are: their columns are
 * found by field ids under any schema.
 */
public final class SchemaCommit {
  /*
   * Concurrency: the changes are checked against one schema and pass only onto it; other commits
   * that come meanwhile make it be tried again. Recovery: the commit leaves an id in the table's
   * properties, by which one is found whose outcome the catalog did not tell.
   */
  private static final Logger LOG = LoggerFactory.getLogger(SchemaCommit.class);

  /** Attempts before giving up: half a minute of losing every race. */
  private static final int MAX_ATTEMPTS = 200;

  /** Between two attempts: some commits' time. */
  private static final long BACKOFF_MICROS = 50_000;

  private final CollectionTable table;
  private final List<SchemaChange> changes;
  private final String commitId = UUID.randomUUID().toString();
  private final Map<String, Optional<String>> required;
  private final Map<String, Optional<String>> besides;

  private SchemaCommit(
      CollectionTable table,
      List<SchemaChange> changes,
      Map<String, Optional<String>> required,
      Map<String, Optional<String>> besides) {
    this.table = table;
    this.changes = List.copyOf(changes);
    this.required = required;
    this.besides = besides;
  }

  /**
   * Makes the changes, one after the other, as one.
   *
   * @param epoch the ownership epoch that the table must have
   * @throws InvalidArgumentException if a change does not fit the schema that the table has
   * @throws ConflictException if the epoch differs; nothing was changed
   * @throws CommitStateUnknownException if the outcome could not be found out
   * @throws NotFoundException if the table was dropped meanwhile
   */
  public static void make(CollectionTable table, List<SchemaChange> changes, long epoch) {
    Map<String, Optional<String>> owned =
        Map.of(TableProperties.OWNER_EPOCH, Optional.of(Long.toString(epoch)));
    new SchemaCommit(table, changes, owned, Map.of()).commit();
  }

  /**
   * Makes the changes beside whichever engine owns the collection, which takes them in as those of
   * any other writer.
   *
   * @param besides properties that are set in the same commit; those without a value are removed
   * @throws InvalidArgumentException if a change does not fit the schema that the table has
   * @throws ConflictException after too many lost races; nothing was changed
   * @throws CommitStateUnknownException if the outcome could not be found out
   * @throws NotFoundException if the table was dropped meanwhile
   */
  public static void makeBesideOwner(
      CollectionTable table, List<SchemaChange> changes, Map<String, Optional<String>> besides) {
    new SchemaCommit(table, changes, Map.of(), Map.copyOf(besides)).commit();
  }

  private void commit() {
    boolean unknown = false;
    RuntimeException last = null;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      try {
        table.refreshTo("change the schema of");
        if (unknown && hasPassed()) {
          return;
        }
        if (attempt()) {
          table.refresh();
          return;
        }
      } catch (ConflictException | InvalidArgumentException e) {
        if (unknown) {
          throw unknownOutcome(e);
        }
        throw e;
      } catch (StaleParentException | ValidationException | CommitFailedException e) {
        last = e;
        LOG.debug("Schema change of {} lost a race: {}", table.name(), e.getMessage());
      } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
        unknown = true;
        last = e;
        LOG.warn("Outcome of a schema change of {} is unknown, looking", table.name(), e);
      }
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(BACKOFF_MICROS));
    }
    if (unknown) {
      throw unknownOutcome(last);
    }
    throw new ConflictException(
        "Cannot change the schema of '"
            + table.name()
            + "': lost "
            + MAX_ATTEMPTS
            + " races in a row",
        last);
  }

  private boolean hasPassed() {
    return commitId.equals(table.property(TableProperties.SCHEMA_COMMIT));
  }

  private CommitStateUnknownException unknownOutcome(@Nullable RuntimeException cause) {
    return new CommitStateUnknownException(
        "Cannot tell whether the schema of '" + table.name() + "' was changed (look at its schema)",
        cause);
  }

  /** False if the schema changed since the table was refreshed. */
  private boolean attempt() {
    GuardedOperations.checkProperties(table.name().toString(), required, table.properties());
    Schema checked = table.context().icebergSchema();
    CollectionSchema changed = SchemaChange.applyAll(table.schema(), changes);
    TableMetadata parent = table.operations().current();
    GuardedOperations guarded =
        new GuardedOperations(
            table.operations(),
            table.name().toString(),
            GuardedOperations.snapshotId(parent),
            required);
    Transaction transaction = Transactions.newTransaction(table.name().toString(), guarded);
    if (!transaction.table().schema().sameSchema(checked)) {
      return false;
    }
    UpdateProperties properties = transaction.updateProperties();
    IndexChanges.of(table.context(), changes).write(properties);
    for (SchemaChange change : changes) {
      apply(change, properties);
    }
    setGoals(properties);
    properties.set(
        TableProperties.VECTOR_FIELDS,
        String.join(",", changed.allVectorFields().stream().map(VectorField::name).toList()));
    properties.set(TableProperties.SCHEMA_COMMIT, commitId);
    besides.forEach(
        (key, value) ->
            value.ifPresentOrElse(set -> properties.set(key, set), () -> properties.remove(key)));
    properties.commit();
    update(transaction);
    transaction.commitTransaction();
    return true;
  }

  /** Additions in a row are one schema in the table's metadata, which keeps all of them. */
  private void update(Transaction transaction) {
    UpdateSchema update = null;
    boolean adding = false;
    for (SchemaChange change : changes) {
      if (!change.isOfColumns()) {
        continue;
      }
      boolean adds =
          change instanceof SchemaChange.AddColumn || change instanceof SchemaChange.AddVector;
      if (update == null || !(adding && adds)) {
        if (update != null) {
          update.commit();
        }
        update = transaction.updateSchema();
      }
      apply(change, update);
      adding = adds;
    }
    if (update != null) {
      update.commit();
    }
  }

  private void apply(SchemaChange change, UpdateProperties properties) {
    if (change instanceof SchemaChange.AddVector add) {
      Map<String, String> own = SchemaMapping.toProperties(add.field());
      forgetVector(add.field().name(), own, properties);
      own.forEach(properties::set);
    } else if (change instanceof SchemaChange.AddColumn add) {
      forgetVector(add.field().name(), Map.of(), properties);
    } else if (change instanceof SchemaChange.RenameColumn rename) {
      forgetVector(rename.newName(), Map.of(), properties);
    } else if (change instanceof SchemaChange.ChangeLayout layout) {
      properties.set(TableProperties.LAYOUT, StorageFormat.named(layout.layout()).name());
    }
  }

  /** Of several statements of goals the last one holds, whole. */
  private void setGoals(UpdateProperties properties) {
    Goals goals = null;
    for (SchemaChange change : changes) {
      goals = change instanceof SchemaChange.SetGoals set ? set.goals() : goals;
    }
    if (goals != null) {
      Map<String, String> stated = goals.properties();
      stated.forEach(properties::set);
      Goals.PROPERTIES.stream()
          .filter(key -> !stated.containsKey(key) && table.properties().containsKey(key))
          .forEach(properties::remove);
    }
  }

  /** Another engine that drops a vector field leaves its properties. */
  private void forgetVector(String name, Map<String, String> kept, UpdateProperties properties) {
    for (String key : table.properties().keySet()) {
      if (key.startsWith(TableProperties.VECTOR_PREFIX + name + ".") && !kept.containsKey(key)) {
        properties.remove(key);
      }
    }
  }

  private static void apply(SchemaChange change, UpdateSchema update) {
    if (change instanceof SchemaChange.AddColumn add) {
      update.addColumn(add.field().name(), SchemaMapping.toIceberg(add.field().type()));
    } else if (change instanceof SchemaChange.AddVector add) {
      update.addColumn(
          add.field().name(),
          add.field().isSparse()
              ? SchemaMapping.toIceberg(SparseVector.TYPE)
              : Types.ListType.ofRequired(1, Types.FloatType.get()));
    } else if (change instanceof SchemaChange.DropColumn drop) {
      update.deleteColumn(drop.name());
    } else if (change instanceof SchemaChange.RenameColumn rename) {
      update.renameColumn(rename.name(), rename.newName());
    } else if (change instanceof SchemaChange.WidenColumn widen) {
      update.updateColumn(widen.name(), SchemaMapping.toIceberg(widen.type()).asPrimitiveType());
    }
  }
}
