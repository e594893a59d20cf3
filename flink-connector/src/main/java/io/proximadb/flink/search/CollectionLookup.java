package io.proximadb.flink.search;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.query.RowChange;
import io.proximadb.query.SnapshotReader;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.functions.AsyncLookupFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.LookupFunction;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a collection by their id. NULL finds nothing.
 *
 * @param access what is read
 * @param keys the columns, by their places in a row, that the key's values are compared with
 * @param idKey which value of the key is the id
 */
@SuppressWarnings("ArrayRecordComponent")
public record CollectionLookup(TableAccess access, int[] keys, int idKey) implements Serializable {
  public CollectionLookup {
    if (idKey < 0 || idKey >= keys.length) {
      throw new InvalidArgumentException("Invalid key of a lookup join: it has no id");
    }
  }

  /** True if a column of that type may be compared beside the id. */
  public static boolean isComparable(LogicalType type) {
    return switch (type.getTypeRoot()) {
      case VARCHAR, BOOLEAN, INTEGER, BIGINT, FLOAT, DOUBLE -> true;
      default -> false;
    };
  }

  /** The function that waits. */
  public LookupFunction function() {
    return new Sync(this);
  }

  /** The function that does not wait. */
  public AsyncLookupFunction asyncFunction() {
    return new Async(this);
  }

  private Collection<RowData> find(SharedTable table, RowData key) {
    if (key.isNullAt(idKey)) {
      return List.of();
    }
    SnapshotReader reader = table.reader();
    RowChange.Place found =
        reader.find(key.getString(idKey).toString(), access.filter(), access.columns().stored());
    if (found == null) {
      return List.of();
    }
    GenericRowData row =
        access.columns().row(RowKind.INSERT, found.batch(), found.row(), reader.commit());
    for (int i = 0; i < keys.length; i++) {
      Object value = row.getField(keys[i]);
      if (value == null || key.isNullAt(i) || !Objects.equals(value, value(key, i, value))) {
        return List.of();
      }
    }
    return List.of(row);
  }

  /** A value of the key, which has the type of the column that it is compared with. */
  private static Object value(RowData key, int i, Object like) {
    if (like instanceof StringData) {
      return key.getString(i);
    }
    if (like instanceof Integer) {
      return key.getInt(i);
    }
    if (like instanceof Long) {
      return key.getLong(i);
    }
    if (like instanceof Boolean) {
      return key.getBoolean(i);
    }
    if (like instanceof Double) {
      return key.getDouble(i);
    }
    if (like instanceof Float) {
      return key.getFloat(i);
    }
    throw new InvalidArgumentException(
        "Unsupported key of a lookup join: a " + like.getClass().getSimpleName());
  }

  /** Public, as Flink makes code that calls it. */
  public static final class Sync extends LookupFunction {
    private static final long serialVersionUID = 1;
    private final CollectionLookup lookup;
    private transient @Nullable SharedTable table;

    Sync(CollectionLookup lookup) {
      this.lookup = lookup;
    }

    @Override
    public void open(FunctionContext context) {
      table = SharedTable.open(lookup.access());
    }

    @Override
    public Collection<RowData> lookup(RowData key) {
      return lookup.find(Objects.requireNonNull(table, "open() was not called"), key);
    }

    @Override
    public void close() {
      if (table != null) {
        table.close();
      }
    }
  }

  /** Public, as Flink makes code that calls it. */
  public static final class Async extends AsyncLookupFunction {
    private static final long serialVersionUID = 1;
    private final CollectionLookup lookup;
    private transient @Nullable SharedTable table;
    private transient @Nullable Workers workers;

    Async(CollectionLookup lookup) {
      this.lookup = lookup;
    }

    @Override
    public void open(FunctionContext context) {
      table = SharedTable.open(lookup.access());
      workers = new Workers("proximadb-lookup");
    }

    @Override
    public CompletableFuture<Collection<RowData>> asyncLookup(RowData key) {
      SharedTable opened = Objects.requireNonNull(table, "open() was not called");
      return CompletableFuture.supplyAsync(
          () -> lookup.find(opened, key),
          Objects.requireNonNull(workers, "open() was not called").threads());
    }

    @Override
    public void close() {
      try {
        if (workers != null) {
          workers.close();
        }
      } finally {
        if (table != null) {
          table.close();
        }
      }
    }
  }
}
