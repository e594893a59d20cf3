package io.proximadb.spark.read;

import io.proximadb.catalog.LiveFile;
import io.proximadb.model.FieldType;
import io.proximadb.model.SystemColumns;
import io.proximadb.query.ReadPoint;
import io.proximadb.spark.types.RowPlaces;
import io.proximadb.spark.types.SparkColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.aggregate.AggregateFunc;
import org.apache.spark.sql.connector.expressions.aggregate.Aggregation;
import org.apache.spark.sql.connector.expressions.aggregate.Count;
import org.apache.spark.sql.connector.expressions.aggregate.CountStar;
import org.apache.spark.sql.connector.expressions.aggregate.Max;
import org.apache.spark.sql.connector.expressions.aggregate.Min;
import org.apache.spark.sql.connector.read.LocalScan;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * {@code COUNT}, {@code MIN} and {@code MAX} of a whole table from its manifests, without a task:
 * where no row can have expired, and rows were deleted by deletion vectors alone, of which the
 * number is known. Least and greatest values are known of whole numbers, dates and times in files
 * without deleted rows.
 */
final class CountedRows implements LocalScan {
  private static final Set<FieldType> BOUNDED =
      Set.of(
          FieldType.Scalar.INT,
          FieldType.Scalar.LONG,
          FieldType.Scalar.DATE,
          FieldType.Scalar.TIMESTAMP);

  /** Readers give them a value where another engine wrote none. */
  private static final Set<String> FILLED_IN =
      Set.of(SystemColumns.VERSION, SystemColumns.UPDATED_AT);

  private final String name;
  private final AggregateFunc[] functions;
  private final StructType schema;
  private final @Nullable Object[] values;

  private CountedRows(
      String name, AggregateFunc[] functions, StructType schema, @Nullable Object[] values) {
    this.name = name;
    this.functions = functions;
    this.schema = schema;
    this.values = values;
  }

  /** Thrown where manifests do not tell. */
  private static final class Unknown extends Exception {
    private static final long serialVersionUID = 1;
  }

  /** The answer, or null if the rows have to be read. */
  static @Nullable CountedRows of(
      ReadPoint point, SparkColumns columns, Aggregation aggregation, long readMicros) {
    if (aggregation.groupByExpressions().length > 0) {
      return null;
    }
    OptionalLong snapshot = point.snapshotId();
    List<LiveFile> files =
        snapshot.isEmpty() ? List.of() : point.table().liveFiles(snapshot.getAsLong());
    SureRows sure = new SureRows(point, readMicros);
    List<@Nullable Object> values = new ArrayList<>();
    StructType schema = new StructType();
    try {
      for (AggregateFunc function : aggregation.aggregateExpressions()) {
        DataType type = DataTypes.LongType;
        if (function instanceof CountStar) {
          values.add(count(files, sure));
        } else if (function instanceof Count count && !count.isDistinct()) {
          values.add(countOf(count.column(), point, columns, files, sure));
        } else if (function instanceof Min min) {
          type = columns.type(name(min.column()));
          values.add(extreme(name(min.column()), true, point, columns, files, sure));
        } else if (function instanceof Max max) {
          type = columns.type(name(max.column()));
          values.add(extreme(name(max.column()), false, point, columns, files, sure));
        } else {
          return null;
        }
        schema = schema.add(function.describe(), type, true);
      }
    } catch (Unknown e) {
      return null;
    }
    return new CountedRows(
        point.table().name().toString(),
        aggregation.aggregateExpressions(),
        schema,
        values.toArray());
  }

  private static long count(List<LiveFile> files, SureRows sure) throws Unknown {
    long rows = 0;
    for (LiveFile file : files) {
      rows += sure.exactly(file).orElseThrow(Unknown::new);
    }
    return rows;
  }

  private static String name(Expression column) throws Unknown {
    if (column instanceof NamedReference reference && reference.fieldNames().length == 1) {
      return reference.fieldNames()[0];
    }
    throw new Unknown();
  }

  private static long countOf(
      Expression column, ReadPoint point, SparkColumns columns, List<LiveFile> files, SureRows sure)
      throws Unknown {
    String name = name(column);
    if (columns.isNeverNull(name)) {
      return count(files, sure);
    }
    if (RowPlaces.isPlace(name)) {
      throw new Unknown();
    }
    NestedField field = field(name, point, columns);
    long rows = 0;
    for (LiveFile file : files) {
      long live = sure.exactly(file).orElseThrow(Unknown::new);
      Long nulls = SureRows.count(file.dataFile().nullValueCounts(), field);
      if (nulls == null || (nulls > 0 && live < file.dataFile().recordCount())) {
        throw new Unknown();
      }
      rows += live - nulls;
    }
    return rows;
  }

  private static NestedField field(String name, ReadPoint point, SparkColumns columns)
      throws Unknown {
    NestedField field = point.context().icebergSchema().findField(name);
    if (field == null || FILLED_IN.contains(name) || columns.fieldType(name).isEmpty()) {
      throw new Unknown();
    }
    return field;
  }

  private static @Nullable Object extreme(
      String name,
      boolean least,
      ReadPoint point,
      SparkColumns columns,
      List<LiveFile> files,
      SureRows sure)
      throws Unknown {
    NestedField field = field(name, point, columns);
    if (!BOUNDED.contains(columns.fieldType(name).orElseThrow(Unknown::new))) {
      throw new Unknown();
    }
    Object found = null;
    for (LiveFile file : files) {
      long live = sure.exactly(file).orElseThrow(Unknown::new);
      Long nulls = SureRows.count(file.dataFile().nullValueCounts(), field);
      if (live < file.dataFile().recordCount() || nulls == null) {
        throw new Unknown();
      }
      if (nulls == live) {
        continue;
      }
      Object bound =
          SureRows.bound(
              least ? file.dataFile().lowerBounds() : file.dataFile().upperBounds(), field);
      if (bound == null) {
        throw new Unknown();
      }
      if (found == null || (compare(bound, found) < 0) == least) {
        found = bound;
      }
    }
    return found;
  }

  private static int compare(Object a, Object b) {
    return Long.compare(((Number) a).longValue(), ((Number) b).longValue());
  }

  @Override
  public InternalRow[] rows() {
    return new InternalRow[] {new GenericInternalRow(values.clone())};
  }

  @Override
  public StructType readSchema() {
    return schema;
  }

  @Override
  public String description() {
    return "proximadb " + name + " (from its manifests: " + Arrays.toString(functions) + ")";
  }
}
