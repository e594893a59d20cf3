package io.proximadb.spark.changes;

import io.proximadb.model.SystemColumns;
import io.proximadb.query.ChangeTask;
import io.proximadb.spark.types.SparkColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.Changelog;
import org.apache.spark.sql.execution.vectorized.ConstantColumnVector;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.unsafe.types.UTF8String;

/** The columns of a changelog: those of the table, the row's version, and what tells the change. */
final class ChangeColumns {
  /** What became of the row. */
  static final String TYPE = "_change_type";

  /** The number of the commit, which grows from commit to commit. */
  static final String COMMIT = "_commit_version";

  /** When the commit was made. */
  static final String TIME = "_commit_timestamp";

  /** The snapshot that the commit made. */
  static final String SNAPSHOT = "_commit_snapshot";

  private static final Set<String> OWN = Set.of(TYPE, COMMIT, TIME, SNAPSHOT);

  private ChangeColumns() {}

  /** True for a column that files do not hold. */
  static boolean isOwn(String column) {
    return OWN.contains(column);
  }

  /** All columns of a changelog. */
  static StructType schema(SparkColumns columns) {
    return readSchema(columns, names(columns));
  }

  private static List<String> names(SparkColumns columns) {
    List<String> names = new ArrayList<>(Arrays.asList(columns.readSchema().fieldNames()));
    names.add(SystemColumns.VERSION);
    names.addAll(List.of(TYPE, COMMIT, TIME, SNAPSHOT));
    return names;
  }

  /** Some columns. */
  static StructType readSchema(SparkColumns columns, List<String> names) {
    StructType schema = new StructType();
    for (String name : names) {
      schema =
          isOwn(name)
              ? schema.add(name, type(name), false)
              : schema.add(columns.readSchema(List.of(name)).fields()[0]);
    }
    return schema;
  }

  private static DataType type(String own) {
    return switch (own) {
      case TYPE -> DataTypes.StringType;
      case TIME -> DataTypes.TimestampType;
      default -> DataTypes.LongType;
    };
  }

  /** One of these columns for rows of a file. */
  static ColumnVector of(String own, ChangeTask task, int rows) {
    ConstantColumnVector column = new ConstantColumnVector(rows, type(own));
    switch (own) {
      case TYPE ->
          column.setUtf8String(
              UTF8String.fromString(
                  task.kind() == ChangeTask.Kind.INSERT
                      ? Changelog.CHANGE_TYPE_INSERT
                      : Changelog.CHANGE_TYPE_DELETE));
      case TIME -> column.setLong(task.commit().micros());
      case COMMIT -> column.setLong(task.commit().sequence());
      default -> column.setLong(task.commit().snapshotId());
    }
    return column;
  }
}
