package io.proximadb.core;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.TableRename;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.error.NotOwnerException;
import io.proximadb.model.CollectionName;
import java.util.UUID;

/**
 * Gives a collection another name while no engine owns it: an engine finds its table by the name,
 * and would take the collection for dropped, with what it has acknowledged and not flushed.
 */
public final class CollectionRename {
  /** Begins what stands for the engine that owns the collection while it is renamed. */
  private static final String OWNER = "rename-";

  private CollectionRename() {}

  /**
   * Renames. Records in the log of an engine that crashed belong to the collection as before; on an
   * object store an engine can write to it when the lease taken here has run out, a minute later.
   *
   * @throws NotOwnerException if an engine that is open has written to the collection
   * @throws io.proximadb.error.NotFoundException if there is none of that name
   * @throws io.proximadb.error.AlreadyExistsException if the new name is taken
   * @throws io.proximadb.error.InvalidArgumentException if it is attached, or no collection
   */
  public static void rename(
      Warehouse warehouse, CollectionName from, CollectionName to, Clock clock) {
    CollectionTable table = warehouse.load(from);
    table.checkWritable("rename");
    try (Ownership held =
        Ownership.take(table, OWNER + UUID.randomUUID(), "", clock, current -> {})) {
      assert held.epoch() > 0;
      TableRename.rename(warehouse, from, to);
    } catch (NotOwnerException e) {
      throw new NotOwnerException(
          "Cannot rename '"
              + from
              + "' while an engine has it open for writing: close the engine first ("
              + e.getMessage()
              + ")",
          e);
    }
  }
}
