package io.proximadb.spark;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.SchemaCommit;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.SystemColumns;
import io.proximadb.spark.types.SparkColumns;
import io.proximadb.spark.types.SparkTypes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.types.DataTypes;

/**
 * An {@code ALTER TABLE} as changes of a collection: metadata columns are added, dropped, renamed
 * and widened, comments and properties set, all in one commit.
 */
final class TableAlteration {
  private final CollectionTable table;
  private final String name;
  private final List<SchemaChange> changes = new ArrayList<>();
  private final Map<String, Optional<String>> properties = new LinkedHashMap<>();

  /** Columns as they were declared, or null if the table has no such order. */
  private final @org.jspecify.annotations.Nullable List<String> order;

  private TableAlteration(CollectionTable table) {
    this.table = table;
    this.name = table.name().toString();
    String declared = table.property(SparkColumns.ORDER_PROPERTY);
    this.order = declared == null ? null : new ArrayList<>(List.of(declared.split(",", -1)));
  }

  /**
   * Makes the changes of a statement.
   *
   * @throws InvalidArgumentException if one does not fit the collection
   * @throws UnsupportedOperationException if collections know no such change
   */
  static void make(CollectionTable table, TableChange... changes) {
    TableAlteration alteration = new TableAlteration(table);
    for (TableChange change : changes) {
      alteration.add(change);
    }
    alteration.commit();
  }

  /**
   * True for what a write with schema evolution may change: it adds metadata columns, and widens
   * those that are there.
   */
  static boolean isEvolution(SparkColumns columns, TableChange.ColumnChange change) {
    if (change.fieldNames().length != 1) {
      return false;
    }
    String column = change.fieldNames()[0];
    if (change instanceof TableChange.AddColumn add) {
      return !SystemColumns.RESERVED.contains(column) && SparkTypes.isKnown(add.dataType());
    }
    if (!(change instanceof TableChange.UpdateColumnType update)) {
      return false;
    }
    FieldType type = columns.fieldType(column).orElse(null);
    return (type == FieldType.Scalar.INT && update.newDataType().equals(DataTypes.LongType))
        || (type == FieldType.Scalar.FLOAT && update.newDataType().equals(DataTypes.DoubleType));
  }

  private void add(TableChange change) {
    if (change instanceof TableChange.SetProperty set) {
      properties.put(
          set.property(),
          Optional.of(AlterableProperties.checked(name, set.property(), set.value())));
    } else if (change instanceof TableChange.RemoveProperty remove) {
      AlterableProperties.checkAlterable(name, remove.property());
      properties.put(remove.property(), Optional.empty());
    } else if (change instanceof TableChange.AddColumn add) {
      addColumn(add);
    } else if (change instanceof TableChange.DeleteColumn delete) {
      String column = column(delete.fieldNames());
      changes.add(SchemaChange.drop(column));
      comment(column, null);
      inOrder(column, null);
    } else if (change instanceof TableChange.RenameColumn rename) {
      String column = column(rename.fieldNames());
      changes.add(SchemaChange.rename(column, rename.newName()));
      comment(rename.newName(), table.property(CollectionDefinition.COMMENT_PREFIX + column));
      comment(column, null);
      inOrder(column, rename.newName());
    } else if (change instanceof TableChange.UpdateColumnType update) {
      String column = column(update.fieldNames());
      FieldType type = SparkTypes.fromSpark(column, update.newDataType());
      if (!(type instanceof FieldType.Scalar scalar)) {
        throw new InvalidArgumentException(
            "Cannot change column '"
                + column
                + "' to "
                + update.newDataType().sql()
                + " (expected INT to BIGINT or FLOAT to DOUBLE)");
      }
      changes.add(SchemaChange.widen(column, scalar));
    } else if (change instanceof TableChange.UpdateColumnComment update) {
      comment(column(update.fieldNames()), update.newComment());
    } else {
      throw ProximaCatalog.unsupported(
          "make a change of kind " + change.getClass().getSimpleName() + " of '" + name + "'");
    }
  }

  private void addColumn(TableChange.AddColumn add) {
    String column = column(add.fieldNames());
    if (add.position() != null || !add.isNullable() || add.defaultValue() != null) {
      throw new InvalidArgumentException(
          "Cannot add column '"
              + column
              + "' to '"
              + name
              + "' with a position, a default or NOT NULL (expected a column that comes last and is"
              + " NULL in the rows that are there)");
    }
    if (SystemColumns.RESERVED.contains(column)) {
      throw new InvalidArgumentException(
          "Cannot add column '" + column + "' to '" + name + "': the name is the system's own");
    }
    changes.add(SchemaChange.add(column, SparkTypes.fromSpark(column, add.dataType())));
    comment(column, add.comment());
    if (order != null) {
      order.add(column);
    }
  }

  private String column(String[] names) {
    if (names.length != 1) {
      throw ProximaCatalog.unsupported(
          "change field '" + String.join(".", names) + "' of a struct in '" + name + "'");
    }
    return names[0];
  }

  private void comment(String column, @org.jspecify.annotations.Nullable String comment) {
    String key = CollectionDefinition.COMMENT_PREFIX + column;
    if (comment != null || table.property(key) != null) {
      properties.put(key, Optional.ofNullable(comment));
    }
  }

  private void inOrder(String column, @org.jspecify.annotations.Nullable String renamed) {
    if (order == null) {
      return;
    }
    int at = order.indexOf(column);
    if (at >= 0 && renamed == null) {
      order.remove(at);
    } else if (at >= 0) {
      order.set(at, renamed);
    }
  }

  private void commit() {
    Map<String, String> after = new HashMap<>(table.properties());
    properties.forEach(
        (key, value) -> value.ifPresentOrElse(set -> after.put(key, set), () -> after.remove(key)));
    AlterableProperties.checkTogether(after);
    if (changes.isEmpty()) {
      if (!properties.isEmpty()) {
        PropertyCommit commit = PropertyCommit.on(table);
        properties.forEach((key, value) -> commit.set(key, value.orElse(null)));
        commit.commit();
      }
      return;
    }
    if (order != null) {
      properties.put(SparkColumns.ORDER_PROPERTY, Optional.of(SparkColumns.orderProperty(order)));
    }
    SchemaCommit.makeBesideOwner(table, changes, properties);
  }
}
