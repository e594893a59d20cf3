package io.proximadb.core;

import io.proximadb.api.Collection;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.SchemaCommit;
import io.proximadb.catalog.TableProperties;
import io.proximadb.error.ConflictException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.SchemaChange;
import java.util.List;

/**
 * Changes the schema of a collection that is written to and read: first the table, in one commit
 * that requires this engine's epoch, then what is in memory.
 */
final class SchemaAlteration {
  /*
   * Recovery: the commit is the switch. Log records give columns by field ids, so a record that was
   * logged before the change is replayed after it, and one that is acknowledged under the old schema
   * between the commit and the swap of the state is too. Files of a flush that began before the
   * change have the old columns, which are read by their ids.
   */
  private final Surroundings engine;
  private final CollectionTable table;
  private final CollectionStore store;
  private final Object commits;

  /**
   * Makes no change yet.
   *
   * @param table for committing
   * @param commits held while a flush or a change of the schema commits
   */
  SchemaAlteration(
      Surroundings engine, CollectionTable table, CollectionStore store, Object commits) {
    this.engine = engine;
    this.table = table;
    this.store = store;
    this.commits = commits;
  }

  /** Makes the changes as one; see {@code Collection.alter}. */
  void run(List<SchemaChange> changes) {
    if (changes.isEmpty()) {
      return;
    }
    if (changes.size() > Collection.MAX_SCHEMA_CHANGES) {
      throw new InvalidArgumentException(
          "Invalid number of schema changes: "
              + changes.size()
              + " (expected at most "
              + Collection.MAX_SCHEMA_CHANGES
              + ")");
    }
    synchronized (commits) {
      long epoch;
      synchronized (store.lock()) {
        epoch = store.ownership().epoch();
      }
      engine.reached("alter.begun");
      try {
        SchemaCommit.make(table, changes, epoch);
      } catch (ConflictException e) {
        String found = table.property(TableProperties.OWNER_EPOCH);
        if (!Long.toString(epoch).equals(found)) {
          throw store.fence(
              "another engine took it over (epoch=" + found + ", own epoch=" + epoch + ")");
        }
        throw e;
      }
      engine.reached("alter.committed");
      store.refresh();
      engine.reached("alter.installed");
    }
  }
}
