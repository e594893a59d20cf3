package io.proximadb.catalog;

import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionName;
import org.apache.iceberg.exceptions.NoSuchTableException;

/** Gives a collection another name in the catalog; its files stay where they are. */
public final class TableRename {
  private TableRename() {}

  /**
   * Renames. Whoever has the collection open under the old name does not find it any more, so no
   * engine may own it: see {@code io.proximadb.core.CollectionRename}.
   *
   * @throws NotFoundException if there is none of that name
   * @throws AlreadyExistsException if the new name is taken
   * @throws io.proximadb.error.InvalidArgumentException if the table is not a collection, or is
   *     attached
   */
  public static void rename(Warehouse warehouse, CollectionName from, CollectionName to) {
    warehouse.load(from).checkWritable("rename");
    warehouse.checkNotAttached(to);
    warehouse.makeNamespace(to.namespace());
    try {
      warehouse.icebergCatalog().renameTable(Warehouse.identifier(from), Warehouse.identifier(to));
    } catch (org.apache.iceberg.exceptions.AlreadyExistsException e) {
      throw new AlreadyExistsException(
          "Cannot rename collection '" + from + "' to '" + to + "': that exists already", e);
    } catch (NoSuchTableException e) {
      throw new NotFoundException("Cannot rename collection '" + from + "': not found", e);
    }
  }
}
